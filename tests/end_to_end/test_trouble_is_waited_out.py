"""AWS throttles in the middle of a release, and Lambda does: the healthy one is promoted."""

import pytest

from penstock.domain.gate import SHIFT
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row


@pytest.mark.parametrize(
    ("service", "minutes"),
    [("cloudwatch", 30), ("sagemaker", 20), ("dynamodb", 10), ("sns", 60), ("events", 60)],
)
def test_a_service_that_is_throttled_for_long_ends_no_release(
    bench: Bench, service: str, minutes: int
) -> None:
    bench.live(rollout={"step_minutes": 5})
    package = bench.register()
    release = bench.started(package)
    bench.until_step(SHIFT)
    bench.twin.throttling.throttle(service, minutes)
    execution = bench.end(release, minutes=200)
    bench.twin.throttling.throttle(service, minutes=0)
    assert row(execution) == PROMOTED, ending(execution)
    assert bench.serving == [package]


def test_functions_that_lambda_has_no_room_for_are_tried_again(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 5})
    package = bench.register()
    release = bench.started(package)
    bench.until_step(SHIFT)
    bench.twin.functions.throttle(minutes=2)
    execution = bench.end(release, minutes=200)
    assert row(execution) == PROMOTED, ending(execution)


def test_a_halt_that_lambda_has_no_room_for_is_delivered_in_the_end(bench: Bench) -> None:
    """Lambda keeps the event for six hours; the judge may be there first, and sees the same."""
    before = bench.live(rollout={"step_minutes": 60})
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_share(50)
    bench.twin.functions.throttle(minutes=8, name="penstock-HaltRelease")
    bench.twin.functions.throttle(minutes=2)
    execution = bench.end(release, minutes=200)
    assert row(execution) == ROLLED_BACK
    assert bench.serving == [before]


def test_a_release_is_halted_and_undone_before_anybody_asks_for_the_settings(bench: Bench) -> None:
    """Parameter Store answers nobody: neither the halt nor the way back needs it."""
    before = bench.live(rollout={"step_minutes": 60})
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    bench.twin.throttling.throttle("ssm", 60)
    begun = len(bench.twin.functions.calls.log)
    bench.decide(package, "Rejected")
    execution = bench.end(release)
    bench.twin.throttling.throttle("ssm", minutes=0)
    assert row(execution) == ROLLED_BACK
    assert bench.serving == [before]
    for function in ("penstock-HaltRelease", "penstock-RollBack"):
        calls = [c for c in bench.twin.functions.calls.log[begun:] if c.function == function]
        first = [c.operation for c in calls if c.request_id == calls[0].request_id]
        assert first.index("UpdateItem") < first.index("GetParameter"), first
