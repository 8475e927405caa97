"""AWS patches, fails, undoes or hangs in every phase of a release, and the ending is known."""

import pytest

from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE, WINDOW
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import NEEDS_A_PERSON, PROMOTED, RESTORED, ROLLED_BACK, ending, row
from tests.end_to_end.trouble import busy, just_before

LONG = {"rollout": {"step_minutes": 60}}


@pytest.mark.parametrize("function", ["LookAtEndpoint", "JudgeStage", "SettleRelease"])
def test_a_system_update_is_waited_for_by_those_who_only_look(bench: Bench, function: str) -> None:
    bench.live()
    operations = {"JudgeStage": "GetMetricData"}
    package = bench.register()

    def patch() -> None:
        bench.twin.sagemaker.updates.system_update(bench.endpoint, minutes=10)

    with just_before(bench, function, operations.get(function, "DescribeEndpoint"), patch):
        bench.until_step(WINDOW if function == "SettleRelease" else SHIFT)
        execution = bench.released(package)
    assert row(execution) == PROMOTED
    assert bench.serving == [package]


def test_a_system_update_in_the_way_back_is_waited_for(bench: Bench) -> None:
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    with busy(bench, "RollBack", minutes=10):
        execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


@pytest.mark.parametrize("reason", ["No capacity.", None])
def test_a_silently_undone_way_back_is_tried_again(bench: Bench, reason: str | None) -> None:
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)

    def undo() -> None:
        bench.twin.faults.roll_back_next_update(reason)

    with just_before(bench, "RollBack", "UpdateEndpoint", undo):
        execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert ending(execution)["tidy"] == "done"
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


@pytest.mark.parametrize("step", [STAGE, SHIFT, PROMOTE, WINDOW])
def test_an_endpoint_that_fails_needs_a_person(bench: Bench, step: int) -> None:
    bench.live(rollout={"watch_minutes": 10})
    release = bench.started(bench.register())
    bench.until_step(step)
    bench.until_status("InService")
    bench.twin.endpoints.turn(bench.twin.endpoints.get(bench.endpoint), "Failed")
    execution = bench.end(release)
    assert row(execution) == NEEDS_A_PERSON
    assert "Failed" in ending(execution)["reason"]
    assert bench.gate().attention


def test_a_way_back_that_cannot_be_undone_is_gone_again(bench: Bench) -> None:
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    with just_before(bench, "RollBack", "UpdateEndpoint", bench.twin.faults.fail_next_rollback):
        execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert bench.serving == [before]


def test_a_staging_that_cannot_be_undone_needs_a_person(bench: Bench) -> None:
    """What SageMaker shows then is what would be gone back to, which it does not take again."""
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    failing = bench.twin.faults.fail_next_rollback
    with just_before(bench, "StageCandidate", "UpdateEndpoint", failing):
        execution = bench.released(package)
    assert row(execution) == NEEDS_A_PERSON
    assert "UpdateRollbackFailed" in ending(execution)["reason"]
    bench.twin.sagemaker.updates.recover(bench.endpoint)
    assert row(bench.rolled_back_by_hand()) == RESTORED
    assert bench.serving == [before]


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        ("ShiftTraffic", "UpdateEndpointWeightsAndCapacities"),
        ("PromoteCandidate", "UpdateEndpoint"),
    ],
)
def test_a_step_that_hangs_tells_people_once_and_goes_on_at_once(
    bench: Bench, function: str, operation: str
) -> None:
    bench.live(rollout={"update_minutes": 5})
    package = bench.register()
    with just_before(bench, function, operation, bench.twin.faults.stick_next_update):
        bench.until_event("Attention Needed")
        bench.pass_minutes(20)
    bench.twin.sagemaker.updates.unstick(bench.endpoint)
    assert row(bench.released(package)) == PROMOTED
    assert len(bench.mail("Attention Needed")) == 1


@pytest.mark.parametrize("operation", ["UpdateEndpointWeightsAndCapacities", "UpdateEndpoint"])
def test_a_way_back_that_hangs_tells_people_once_and_goes_on(bench: Bench, operation: str) -> None:
    before = bench.live(rollout={"step_minutes": 60, "update_minutes": 5})
    package = bench.register(behaviour=BAD)
    with just_before(bench, "RollBack", operation, bench.twin.faults.stick_next_update):
        bench.until_event("Attention Needed")
    bench.twin.sagemaker.updates.unstick(bench.endpoint)
    assert row(bench.released(package)) == ROLLED_BACK
    assert bench.serving == [before]
    assert len(bench.mail("Attention Needed")) == 1
