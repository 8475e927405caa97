"""A/B: a canary up to a share, which is held until a goal decides."""

from collections.abc import Iterator

from penstock.domain.errors import Incomplete
from penstock.domain.judging.goal.conclusion import longest_minutes
from penstock.domain.judging.looks import long_look_hours
from penstock.domain.planning.stage import Stage
from penstock.domain.strategies import canary
from penstock.domain.strategies.all_at_once import promotion
from penstock.domain.strategies.strategy import EXPERIMENT_KEYS, Draft, Strategy


def ab_stages(draft: Draft) -> Iterator[Stage]:
    """The candidate is staged, climbs to its share, holds it, and is promoted.

    The climb asks for no proof, because it leads to no promotion. The held share does.

    Raises:
        Refused: there are too many steps, or the policy still leaves them open.
    """
    yield from canary.climb(draft, prove=False, later=1)
    yield _held(draft)
    yield promotion(draft)


def _held(draft: Draft) -> Stage:
    """The goal has a deadline of its own, so doubt about the evidence may last as long."""
    rollout, goal = draft.rollout, draft.rollout.goal
    if goal is None:
        raise Incomplete("an A/B test needs a goal")
    longest = longest_minutes(rollout.max_days, goal.delay_minutes)
    rules = draft.rules(rollout.step_minutes, prove=rollout.prove)
    days = "1 day" if rollout.max_days == 1 else f"{rollout.max_days} days"
    says = f"{rollout.share:g} % of the requests until {goal.name} decides, at most {days}"
    return canary.shift(
        draft,
        rollout.share,
        rules.held_for(longest, long_look_hours(longest)),
        says,
        step=canary.LAST_SHARE,
        asks=("goal",),
    )


AB = Strategy(
    "ab",
    reads=("steps", "step_minutes", "hold_minutes", *EXPERIMENT_KEYS),
    needs=("goal",),
    stages=ab_stages,
    notes=canary.canary_notes,
    steps=(5.0, 25.0),
)
