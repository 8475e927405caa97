"""Handlers die anywhere and executions are stopped anywhere: the ending is known all the same."""

import pytest

from penstock.domain.ledger.gate import PROMOTE, ROLLBACK, SHIFT, STAGE, WINDOW
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import (
    ANSWERED,
    PROMOTED,
    REFUSED,
    RESTORED,
    ROLLED_BACK,
    ending,
    row,
)
from tests.end_to_end.trouble import killing

LONG = {"rollout": {"step_minutes": 60}}


@pytest.mark.parametrize(
    ("function", "operation", "after"),
    [
        ("ClaimEndpoint", "TransactWriteItems", True),
        ("PlanRelease", "TransactWriteItems", True),
        ("StageCandidate", "CreateModel", True),
        ("StageCandidate", "UpdateEndpoint", False),
        ("StageCandidate", "UpdateEndpoint", True),
        ("LookAtEndpoint", "UpdateItem", True),
        ("ShiftTraffic", "UpdateEndpointWeightsAndCapacities", True),
        ("WatchStage", "UpdateItem", True),
        ("JudgeStage", "PutEvents", True),
        ("PromoteCandidate", "UpdateEndpoint", False),
        ("PromoteCandidate", "UpdateEndpoint", True),
        ("SettleRelease", "DeleteEndpointConfig", True),
        ("SettleRelease", "TransactWriteItems", True),
    ],
)
def test_a_release_outlives_the_death_of_a_handler(
    bench: Bench, function: str, operation: str, *, after: bool
) -> None:
    bench.live()
    package = bench.register()
    with killing(bench, function, operation, after=after) as killed:
        execution = bench.released(package)
    assert len(killed) == 1
    assert row(execution) == PROMOTED
    assert (bench.serving, bench.shares) == ([package], {"live": 1.0})
    assert bench.gate().lock is None


@pytest.mark.parametrize("operation", ["UpdateEndpointWeightsAndCapacities", "UpdateEndpoint"])
def test_a_rollback_outlives_the_death_of_a_handler(bench: Bench, operation: str) -> None:
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    with killing(bench, "RollBack", operation, after=True) as killed:
        execution = bench.released(package)
    assert len(killed) == 1
    assert row(execution) == ROLLED_BACK
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_a_review_outlives_the_death_of_its_handler(bench: Bench) -> None:
    bench.policy()
    with killing(bench, "ReviewPackage", "UpdateModelPackage", after=True) as killed:
        package = bench.register()
        assert row(bench.released(package)) == PROMOTED
    assert len(killed) == 1
    assert bench.until_event("Model Package Reviewed", 5)["decision"] == "approved"


def test_a_request_that_keeps_failing_is_refused_before_anything_is_touched(bench: Bench) -> None:
    bench.policy()
    package = bench.approved_unseen()
    with killing(bench, "ResolveRequest", "DescribeModelPackage", after=False, times=4):
        execution = bench.released_by_hand(package)
    assert row(execution) == REFUSED
    assert set(ending(execution)) == ANSWERED
    assert bench.gate().fence == 0


def test_a_claim_that_keeps_failing_leaves_the_approval_to_the_sweep(bench: Bench) -> None:
    bench.policy()
    with killing(bench, "ClaimEndpoint", "GetItem", after=False, times=4):
        package = bench.register()
        execution = bench.released(package)
    assert row(execution) == REFUSED
    assert set(ending(execution)) == ANSWERED
    bench.sweep()
    assert row(bench.end(bench.executions(package)[1].arn)) == PROMOTED


@pytest.mark.parametrize("step", [STAGE, SHIFT, PROMOTE])
def test_a_stopped_release_is_brought_home(bench: Bench, step: int) -> None:
    before = bench.live()
    release = bench.started(bench.register())
    bench.until_step(step)
    bench.stop(release)
    recovery = bench.end(bench.recoveries()[0].arn)
    assert row(recovery) == RESTORED
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    assert bench.gate().at_rest


def test_a_release_stopped_in_the_watch_window_stays_promoted(bench: Bench) -> None:
    bench.live(rollout={"watch_minutes": 60})
    package = bench.register()
    release = bench.started(package)
    bench.until_step(WINDOW)
    bench.stop(release)
    assert row(bench.end(bench.recoveries()[0].arn)) == PROMOTED
    assert (bench.serving, bench.gate().serving) == ([package], package)


def test_a_rollback_stopped_half_way_is_finished(bench: Bench) -> None:
    before = bench.live(**LONG)
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_step(ROLLBACK)
    bench.stop(release)
    assert row(bench.end(bench.recoveries()[0].arn)) == RESTORED
    assert bench.serving == [before]


def test_a_newer_release_rolls_a_dead_one_back_first(bench: Bench) -> None:
    before = bench.live(**LONG)
    bench.twin.events.weather.drop("aws.states")
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.stop(release)
    bench.policy()
    newer = bench.register()
    execution = bench.released(newer)
    assert row(execution) == PROMOTED
    assert ending(execution)["previous_model_package_arn"] == before
    assert bench.serving == [newer]


def test_a_recovery_that_dies_is_followed_by_another(bench: Bench) -> None:
    before = bench.live(**LONG)
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.stop(release)
    first = bench.recoveries()[0].arn
    bench.until_step(ROLLBACK)
    bench.stop(first)
    second = bench.recoveries(minutes=20, least=2)[1].arn
    assert row(bench.end(second)) == RESTORED
    assert bench.serving == [before]


def test_three_recoveries_that_die_block_the_endpoint_and_call_a_person(bench: Bench) -> None:
    before = bench.live(**LONG)
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.stop(release)
    for number in range(3):
        recovery = bench.recoveries(minutes=60, least=number + 1)[number].arn
        bench.until_owner(recovery)
        bench.stop(recovery)
    bench.twin.until(lambda: bench.gate().attention, 60, "a blocked endpoint")
    assert bench.mail("Attention Needed")
    assert row(bench.rolled_back_by_hand()) == RESTORED
    assert bench.serving == [before]
