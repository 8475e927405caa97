"""SageMaker refuses, is busy, or undoes silently what it accepted; the ending is known."""

import pytest

from penstock.domain.ledger.gate import PROMOTE
from tests.end_to_end.alarms import until_state
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import PROMOTED, RESTORED, ROLLED_BACK, ending, lasted, row
from tests.end_to_end.trouble import busy

STUCK = "penstock-way-back-stuck"
REASON = "The new fleet did not pass the ping health check."


@pytest.mark.parametrize("reason", [REASON, None])
def test_a_silently_undone_staging_is_rolled_back(bench: Bench, reason: str | None) -> None:
    before = bench.live()
    bench.twin.faults.roll_back_next_update(reason)
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert (reason or "undid the update") in ending(execution)["reason"]
    assert (bench.serving, len(bench.configurations())) == ([before], 1)


@pytest.mark.parametrize("reason", [REASON, None])
def test_a_silently_undone_promotion_is_no_success(bench: Bench, reason: str | None) -> None:
    before = bench.live()
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.twin.faults.roll_back_next_update(reason)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert (reason or "undid the update") in ending(execution)["reason"]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_undone_shares_are_no_success(bench: Bench) -> None:
    before = bench.live()
    bench.twin.faults.roll_back_next_weights()
    assert row(bench.released(bench.register())) == ROLLED_BACK
    assert bench.serving == [before]


def test_a_system_update_before_staging_is_waited_for(bench: Bench) -> None:
    bench.live()
    bench.twin.sagemaker.updates.system_update(bench.endpoint, minutes=10)
    execution = bench.released(bench.register())
    assert row(execution) == PROMOTED
    assert lasted(execution) > 10


def test_a_promotion_refused_as_in_progress_is_tried_again(bench: Bench) -> None:
    bench.live()
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.twin.sagemaker.updates.system_update(bench.endpoint, minutes=10)
    assert row(bench.end(release)) == PROMOTED


@pytest.mark.parametrize("function", ["StageCandidate", "ShiftTraffic", "PromoteCandidate"])
def test_a_step_that_is_refused_for_long_calls_a_person_and_is_gone_on_with(
    bench: Bench, function: str
) -> None:
    bench.live(rollout={"update_minutes": 5})
    with busy(bench, function, minutes=10):
        execution = bench.released(bench.register())
    assert row(execution) == PROMOTED
    assert ["SystemUpdating" in said["reason"] for said in bench.events("Attention Needed")] == [
        True
    ]


def test_a_step_that_waits_is_stopped_at_once(bench: Bench) -> None:
    before = bench.live()
    package = bench.register()
    with busy(bench, "ShiftTraffic", minutes=10):
        release = bench.started(package)
        bench.until_status("SystemUpdating")
        bench.decide(package, "Rejected")
        assert row(bench.end(release)) == ROLLED_BACK
    assert bench.serving == [before]


def test_no_capacity_at_staging_ends_at_what_served_before(bench: Bench) -> None:
    before = bench.live()
    bench.twin.faults.limit_next("UpdateEndpoint")
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert "service limit" in ending(execution)["reason"]
    assert (bench.serving, len(bench.configurations())) == ([before], 1)


def test_throttled_calls_are_tried_again(bench: Bench) -> None:
    bench.live()
    bench.twin.faults.throttle_next("UpdateEndpoint", 2)
    bench.twin.faults.throttle_next("DescribeEndpoint", 2)
    assert row(bench.released(bench.register())) == PROMOTED


def test_a_lost_answer_is_found_out(bench: Bench) -> None:
    bench.live()
    bench.twin.faults.lose_answer("UpdateEndpoint")
    assert row(bench.released(bench.register())) == PROMOTED


def test_an_update_that_hangs_calls_a_person_and_is_then_gone_on_with(bench: Bench) -> None:
    bench.live(rollout={"update_minutes": 5})
    bench.twin.faults.stick_next_update()
    release = bench.started(bench.register())
    said = bench.until_event("Attention Needed")
    assert "5 minutes" in said["reason"]
    bench.twin.sagemaker.updates.unstick(bench.endpoint)
    assert row(bench.end(release)) == PROMOTED
    assert len(bench.mail("Attention Needed")) == 1


def test_without_capacity_to_tidy_users_are_back_and_the_sweep_finishes(bench: Bench) -> None:
    before = bench.live(rollout={"step_minutes": 60})
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_share(50)
    bench.twin.faults.limit_next("UpdateEndpoint", times=500)
    bench.until_event("Attention Needed")
    bench.drive(0)
    execution = bench.end(release, minutes=500)
    assert row(execution) == ROLLED_BACK
    assert ending(execution)["tidy"] == "pending"
    assert bench.shares == {"live": 1.0, "candidate": 0.0}
    bench.twin.faults.clear()
    recovery = bench.end(bench.recoveries(minutes=60)[0].arn)
    assert (row(recovery), ending(recovery)["tidy"]) == (RESTORED, "done")
    assert (bench.serving, bench.gate().tidy) == ([before], None)
    assert len(bench.gate().leftovers) == 1
    bench.twin.until(lambda: not bench.gate().leftovers, 40, "leftovers deleted")
    assert (bench.gate().leftovers, len(bench.configurations())) == ((), 1)
    assert bench.models() == [bench.variant()["ModelName"]]


def test_restoring_is_tried_again_until_the_shares_are_back(bench: Bench) -> None:
    """The stack's alarm is on all the while, and off once it is over."""
    before = bench.live(rollout={"step_minutes": 60})
    until_state(bench, STUCK, "OK")
    since = len(bench.twin.events.published)
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_share(50)
    for _ in range(12):
        bench.twin.faults.roll_back_next_weights()
    until_state(bench, STUCK, "ALARM")
    assert not bench.has_ended(release)
    assert row(bench.end(release)) == ROLLED_BACK
    assert bench.serving == [before]
    until_state(bench, STUCK, "OK")
    changes = [e["detail"] for e in bench.twin.events.published[since:]]
    said = [e["state"]["value"] for e in changes if e.get("alarmName") == STUCK]
    assert said == ["ALARM", "OK"]


@pytest.mark.parametrize("weights", [False, True])
def test_a_rollback_of_sagemakers_that_fails_is_repaired(bench: Bench, weights: bool) -> None:
    """With the candidate's shares first, where SageMaker takes weights in that state."""
    before = bench.live()
    bench.twin.faults.broken_weights = weights
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.twin.faults.fail_next_rollback(REASON)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert "UpdateRollbackFailed" in ending(execution)["reason"]
    assert (bench.serving, bench.status, bench.gate().repair) == ([before], "InService", None)
    assert not bench.mail("Attention Needed")


def test_an_endpoint_that_one_repair_did_not_mend_needs_a_person(bench: Bench) -> None:
    bench.live()
    release = bench.started(bench.register())
    bench.until_step(PROMOTE - 60)
    for _ in range(2):
        bench.twin.faults.fail_next_rollback(REASON)
    execution = bench.end(release)
    assert row(execution) == ("FAILED", "NeedsAttention", "needs_a_person")
    assert "UpdateRollbackFailed" in ending(execution)["reason"]
    assert bench.gate().attention
    bench.twin.sagemaker.updates.recover(bench.endpoint)
    assert row(bench.rolled_back_by_hand()) == RESTORED
