"""What live's outcomes of the day before were like."""

from typing import Any

import pytest

from penstock.domain.kinds.series import Fleet
from penstock.domain.planning.aims import outcomes_of
from penstock.usecases.planning.live_goal import LiveGoal
from tests.fakes.clock import FakeClock
from tests.fakes.hours import FakeHours
from tests.worlds.goals import GOAL, REVENUE
from tests.worlds.setups import live, policy

CLOCK = FakeClock()


def asked(hours: FakeHours, goal: dict[str, Any] | None = GOAL) -> Any:
    rollout = {"strategy": "ab", "goal": goal} if goal else {}
    return LiveGoal(hours, CLOCK)(policy(rollout=rollout), live())


def shown(**always: float) -> FakeHours:
    return FakeHours(CLOCK.now, always)


def test_a_rate_has_the_variance_of_its_mean() -> None:
    found = asked(shown(SampleCount=600, Sum=60))
    assert found.per_minute == pytest.approx(10)
    assert found.mean == pytest.approx(0.1)
    assert found.variance == pytest.approx(0.09)


def test_a_value_has_at_most_the_variance_of_its_ends() -> None:
    found = asked(shown(SampleCount=600, Sum=6000, Minimum=5, Maximum=30), REVENUE)
    assert found.mean == pytest.approx(10)
    assert found.variance == pytest.approx((10 - 5) * (30 - 10))


def test_hours_whose_outcomes_are_not_published_yet_do_not_count() -> None:
    hours = shown()
    where = policy(rollout={"strategy": "ab", "goal": GOAL})
    assert where.rollout.goal
    config = live().config["EndpointConfigName"]
    series = outcomes_of(where.rollout.goal, Fleet("churn", config, live().variant))
    present = (CLOCK.now() - 65 * 60_000) // 3_600_000
    for name, value in ((series.requests, 60.0), (series.total, 6.0)):
        hours.recorded[name] = {present: value, present - 1: value}
    assert asked(hours).per_minute == pytest.approx(60 / 1440)


def test_without_a_goal_nobody_asks() -> None:
    hours = shown(SampleCount=600, Sum=60)
    hours.whole = False
    assert asked(hours, None) is None


def test_what_cloudwatch_does_not_answer_is_unknown() -> None:
    hours = shown(SampleCount=600, Sum=60)
    hours.whole = False
    assert asked(hours) is None
    assert asked(shown()) is None
