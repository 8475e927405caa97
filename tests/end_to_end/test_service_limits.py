"""A quota is used up, or what was just made is not seen yet: at every creation."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import PROMOTED, RESTORED, ROLLED_BACK, ending, row
from tests.end_to_end.trouble import just_before, refusing
from twin.sagemaker.endpoint_faults import Operation


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        ("StageCandidate", "CreateModel"),
        ("StageCandidate", "CreateEndpointConfig"),
        ("StageCandidate", "UpdateEndpoint"),
        ("ShiftTraffic", "UpdateEndpointWeightsAndCapacities"),
        ("PromoteCandidate", "CreateEndpointConfig"),
        ("PromoteCandidate", "UpdateEndpoint"),
    ],
)
def test_a_limit_ends_at_what_served_before(
    bench: Bench, function: str, operation: Operation
) -> None:
    before = bench.live()
    with just_before(bench, function, operation, partial(bench.twin.faults.limit_next, operation)):
        execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert "service limit" in ending(execution)["reason"]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    assert (len(bench.configurations()), bench.alarms()) == (1, [])


@pytest.mark.parametrize("operation", ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"])
def test_a_limit_leaves_nothing_of_a_first_release(bench: Bench, operation: Operation) -> None:
    bench.policy()
    bench.twin.faults.limit_next(operation)
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert "service limit" in ending(execution)["reason"]
    assert (bench.exists, bench.configurations(), bench.alarms()) == (False, [], [])
    assert row(bench.released(bench.register())) == PROMOTED


@pytest.mark.parametrize("function", ["StageCandidate", "PromoteCandidate"])
def test_without_room_for_its_alarms_a_release_does_not_go_on(bench: Bench, function: str) -> None:
    before = bench.live()
    with refusing(bench, function, "PutMetricAlarm", "LimitExceeded") as refused:
        execution = bench.released(bench.register())
    assert len(refused) == 1
    assert row(execution) == ROLLED_BACK
    assert "PutMetricAlarm" in ending(execution)["reason"]
    assert (bench.serving, bench.alarms()) == ([before], [])


@pytest.fixture
def late(bench: Bench) -> Iterator[Bench]:
    """A new configuration is "not found" for some time."""
    configs = bench.twin.sagemaker.configs
    configs.lag_seconds = 100
    yield bench
    configs.lag_seconds = 0


def test_a_configuration_that_appears_late_is_waited_for(late: Bench) -> None:
    late.live()
    assert row(late.released(late.register())) == PROMOTED


def test_a_configuration_that_never_appears_ends_the_release(late: Bench) -> None:
    before = late.live()
    late.twin.sagemaker.configs.lag_seconds = 100_000
    execution = late.released(late.register())
    assert row(execution) == ROLLED_BACK
    assert "Could not find" in ending(execution)["reason"]
    assert late.serving == [before]


def test_going_back_waits_for_room(bench: Bench) -> None:
    before = bench.live(rollout={"step_minutes": 60})
    release = bench.started(bench.register(behaviour=BAD))
    bench.until_share(50)
    bench.twin.faults.limit_next("UpdateEndpoint", times=2)
    assert row(bench.end(release)) == ROLLED_BACK
    assert (bench.serving, bench.gate().tidy) == ([before], None)
    assert row(bench.rolled_back_by_hand()) != RESTORED  # nothing came before
