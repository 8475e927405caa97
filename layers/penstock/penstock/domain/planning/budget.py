"""The most history events that a plan's execution may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from penstock.domain.errors import Refused
from penstock.domain.judging.judge_settings import MOST_MOVES
from penstock.domain.judging.looks import LOOKS, look_seconds
from penstock.domain.planning.deployment import GRACE, LOOK_SECONDS

if TYPE_CHECKING:
    from penstock.domain.golden.asking import Golden
    from penstock.domain.planning.stage import Stage
    from penstock.domain.policy.policy import Policy

HISTORY_LIMIT = 20_000
"""Most events of a plan, of the 25,000 that an execution may have (facts 5).

The rest is for rolling back.

So many events take less than 100 days, with the longest experiment. The state machine gives up
after 120.
"""
EVENTS_PER_LOOK = 17
"""Watch (6), judge (5), two waits and two choices: what one look adds to the history."""
EVENTS_PER_TASK = 9
"""A task (5), a wait and a choice: an act, or one look at the endpoint."""
EVENTS_TO_ROLL_BACK = 2_000
ROUNDS_BACK = 500
"""Most tries of one execution to roll back.

Then a fresh one continues, so that none fills its history.
"""
SWAPS = 2
"""Least swaps that are counted."""
POLLED_MINUTES = 30
"""Least minutes for which a swap is counted with two looks a minute, whatever `update_minutes`
is.
"""
POLLS_PER_SHIFT = 8
"""Looks, every 30 s, that new shares take: one to two minutes, and some more."""
HASTY_LOOKS = 30
"""Looks of a phase that come every minute; later ones come every five at the earliest."""
RARE_FROM, RARE_MINUTES = LOOKS[1][0], LOOKS[2][1] // 60
"""From so many minutes of a share on, looks come every so many minutes at the earliest."""


def history_events(policy: Policy, stages: Iterable[Stage], golden: Golden | None = None) -> int:
    """The most history events: every step in doubt until its deadline, one wait for a person, and
    golden requests that get an answer with their last try.
    """
    stages = tuple(stages)
    watched = sum(map(_looks_at, stages))
    watched += sum(map(_looks_at_deployment, stages))
    waited, shares = _looks_while_waiting(stages), sum(map(_shares, stages))
    swaps = max(SWAPS, sum(stage.swaps and not stage.beside for stage in stages))
    swaps += sum(map(_beside, stages))
    polls = (
        swaps * 2 * max(policy.rollout.update_minutes, POLLED_MINUTES) + POLLS_PER_SHIFT * shares
    )
    asking = sum(golden.most_tasks for stage in stages if golden and stage.golden)
    tasks = polls + shares + asking
    looks = watched + waited
    return looks * EVENTS_PER_LOOK + tasks * EVENTS_PER_TASK + EVENTS_TO_ROLL_BACK


def fits(policy: Policy, stages: Iterable[Stage], golden: Golden | None = None) -> bool:
    """Whether one execution can finish the plan."""
    return history_events(policy, stages, golden) <= HISTORY_LIMIT


def check_budget(policy: Policy, stages: Iterable[Stage], golden: Golden | None = None) -> None:
    """Check that one execution can finish the plan.

    Raises:
        Refused: It could take too many history events.
    """
    stages = tuple(stages)
    if not fits(policy, stages, golden):
        events = history_events(policy, stages, golden)
        fewer = ", or fewer golden requests" if golden else ""
        fewer += ", or no rehearsal" if any(map(_beside, stages)) else ""
        fewer += ", or fewer hours at the gates" if policy.gates else ""
        fewer += ", or fewer shadow_minutes" if any(stage.copied for stage in stages) else ""
        fewer += ", or a smaller max_days" if policy.rollout.goal else ""
        raise Refused(
            f"the release may need {events} history events, more than {HISTORY_LIMIT};"
            f" use fewer or shorter steps, or a shorter deadline{fewer}"
        )


def most_minutes(stages: Iterable[Stage]) -> int:
    """Longest duration in minutes, without the swaps: every deadline and one wait for a person."""
    stages = tuple(stages)
    first = stages[0].rules
    waiting = first.wait_minutes if first.on_inconclusive == "wait" else 0
    return sum(map(_doubtful, stages)) + waiting


def _beside(stage: Stage) -> bool:
    """Whether an endpoint beside the place comes up or goes, which takes as long as a swap."""
    return stage.beside is not None


def _shares(stage: Stage) -> int:
    return MOST_MOVES if stage.ramp else 1


def _looks_at(stage: Stage) -> int:
    minutes = _doubtful(stage)
    if stage.ramp:
        return min(minutes, HASTY_LOOKS * MOST_MOVES + -(-minutes // 5)) + MOST_MOVES
    return _looks(minutes, stage.rules.look_hours)


def _looks_at_deployment(stage: Stage) -> int:
    """Looks until SageMaker has ended the deployment, or it has outlasted its time-out too long."""
    if stage.deploys is None:
        return 0
    return -(-60 * (stage.deploys.longest_timeout + GRACE) // LOOK_SECONDS) + 1


def _looks_while_waiting(stages: Sequence[Stage]) -> int:
    """Looks while a person is waited for, wherever the budget for it is spent.

    The wait begins where a stage was in doubt for long enough, so most looks are rare by then.
    """
    waiting = stages[0].rules.wait_minutes
    hasty = sum(_hasty_looks(stage, waiting) for stage in stages)
    return min(waiting, hasty + -(-waiting // RARE_MINUTES)) + len(stages)


def _hasty_looks(stage: Stage, waiting: int) -> int:
    """Looks of a wait that come sooner than every RARE_MINUTES, because the share is young."""
    if not stage.rules.min_requests:
        return 0
    begins = 0 if stage.ramp else stage.rules.doubtful_until
    return _looks(min(RARE_FROM, begins + waiting)) - _looks(min(RARE_FROM, begins))


def _doubtful(stage: Stage) -> int:
    """Most minutes of a stage.

    A share that needs no requests cannot be in doubt because of missing ones. What else decides
    about a stage may take as long.
    """
    doubtful = stage.rules.min_requests or stage.asks
    return stage.rules.doubtful_until if doubtful else stage.rules.minutes


def _looks(minutes: int, look_hours: int | None = None) -> int:
    """How many looks a watch of so many minutes takes."""
    looks, at = 0, 0
    while at < minutes * 60_000:
        at += look_seconds(0, at, look_hours) * 1000
        looks += 1
    return looks
