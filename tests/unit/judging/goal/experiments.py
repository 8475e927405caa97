"""Minutes of experiments for tests of a goal."""

import math
from collections.abc import Iterable, Iterator

from hypothesis import strategies as st

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.outcomes import GoalMinute, GoalOutcomes
from penstock.domain.judging.goal.trial import BEGUN, Trial, trial_after

AIM = Aim(0.01)


def minute(
    number: int,
    live: tuple[float, float],
    candidate: tuple[float, float],
    share: float | None = 0.5,
) -> GoalMinute:
    """Each variant with its outcomes and how many of them are 1."""
    return GoalMinute(number, share, GoalOutcomes(*live), GoalOutcomes(*candidate))


def after_all(minutes: Iterable[GoalMinute], aim: Aim = AIM, trial: Trial = BEGUN) -> Trial:
    for each in minutes:
        trial = trial_after(trial, each, aim)
    return trial


def swapped(minutes: Iterable[GoalMinute]) -> Iterator[GoalMinute]:
    """Live in the candidate's place, and the candidate in live's."""
    for each in minutes:
        share = None if each.share is None else 1 - each.share
        yield GoalMinute(each.number, share, each.candidate, each.live)


@st.composite
def _outcomes(draw: st.DrawFn) -> tuple[float, float]:
    count = draw(st.integers(0, 200))
    return float(count), float(draw(st.integers(0, count)))


@st.composite
def histories(draw: st.DrawFn) -> list[GoalMinute]:
    """Up to twelve minutes of a rate, some of them thin, and in some the share moved."""
    seen = st.tuples(_outcomes(), _outcomes(), st.sampled_from([None, 0.01, 0.25, 0.5]))
    found = draw(st.lists(seen, max_size=12))
    return [minute(number, *each) for number, each in enumerate(found)]


def binomial_chance(count: int, high: int, rate: float) -> float:
    return math.comb(count, high) * rate**high * (1 - rate) ** (count - high)
