"""An account whose rates others use up: everything takes longer, and ends as ever."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.end_to_end.alarms import fired, rolled_back_calls
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, row
from twin.core.rates import Buckets

PART = 0.15
"""Of the rates: a look or two a second, an alarm call every two."""


@pytest.fixture
def buckets(bench: Bench) -> Iterator[Buckets]:
    yield bench.twin.throttling.on(PART)
    bench.twin.throttling.off()


def test_a_throttled_release_is_promoted(bench: Bench, buckets: Buckets) -> None:
    bench.live()
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    assert bench.serving == [package]
    assert buckets.throttled


def test_a_throttled_release_rolls_back_within_seconds(bench: Bench, buckets: Buckets) -> None:
    before = bench.live(rollout={"step_minutes": 20})
    assert row(bench.released(bench.register(behaviour=BAD))) == ROLLED_BACK
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    event = fired(bench, f"penstock-{bench.endpoint}-errors")
    at = datetime.fromisoformat(event["detail"]["state"]["timestamp"]).timestamp()
    assert 0 <= rolled_back_calls(bench)[0] - at < 30
    assert buckets.throttled
