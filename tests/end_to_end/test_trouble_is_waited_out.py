"""AWS throttles in the middle of a release, and Lambda does: the healthy one is promoted."""

import pytest

from penstock.domain.ledger.gate import SHIFT
from tests.end_to_end.alarms import rolled_back_calls
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


def test_a_release_is_halted_and_undone_while_parameter_store_hangs(bench: Bench) -> None:
    """Neither the halt, nor the judge that it wakes, nor the rollback reads the settings."""
    before = bench.live(rollout={"step_minutes": 60})
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    calls = bench.twin.functions.calls
    bench.twin.throttling.throttle("ssm", 60)
    calls.answering(lambda service: 4.0 if service == "ssm" else 0.0)
    begun = len(calls.log)
    bench.decide(package, "Rejected")
    execution = bench.end(release)
    calls.answering()
    bench.twin.throttling.throttle("ssm", minutes=0)
    assert row(execution) == ROLLED_BACK
    assert bench.serving == [before]
    halted = next(c.at for c in calls.log[begun:] if c.function == "penstock-HaltRelease")
    assert rolled_back_calls(bench)[0] - halted < 5
