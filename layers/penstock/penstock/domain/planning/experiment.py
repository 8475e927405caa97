"""What an experiment needs and costs, as its plan says it."""

import math
from collections.abc import Iterator

from penstock.domain.errors import Refused
from penstock.domain.judging.goal.lateness import late_minutes
from penstock.domain.judging.goal.outlook import LiveOutcomes, days_needed
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.moments import DAY_MINUTES
from penstock.domain.planning.aims import aim_of
from penstock.domain.policy.goal import GoalSection
from penstock.domain.policy.policy import Policy

HOUR_MINUTES = 60


def check_experiment(policy: Policy, floor: int, candidates: int) -> None:
    """Check that the candidate's instances carry the share of an experiment, if there is one.

    Raises:
        Refused: `serving.candidate_instance_count` is too small for it.
    """
    share = policy.rollout.share
    least = math.ceil(round(floor * share / 100 / OVERLOAD, 6))
    if policy.rollout.goal and candidates < least:
        raise Refused(
            f"serving.candidate_instance_count is {candidates}, but in the experiment the "
            f"candidate carries {share:g} % of the requests: beside {floor} instances it needs "
            f"{least}"
        )


def experiment_notes(
    policy: Policy,
    live: LiveSetup | None,
    floor: int,
    candidates: int,
    outcomes: LiveOutcomes | None,
) -> Iterator[str]:
    """Notes about a release with an experiment, one sentence each. None without one."""
    goal = policy.rollout.goal
    if goal is None:
        return
    if live is None:
        yield "the first release is no experiment: there is no previous model"
        return
    yield _outlook(policy, goal, outcomes)
    days = policy.rollout.max_days
    yield (
        f"both fleets run during the experiment ({live.variant} {floor}, candidate {candidates} "
        f"instances): up to {candidates * days} instance days more than a promotion at once"
    )
    yield (
        f"outcomes of {goal.name} are read {late_minutes(goal.delay_minutes)} minutes after their "
        "minute, and those that are published later are lost; what the shares before "
        f"{policy.rollout.share:g} % brought does not count"
    )
    if policy.rollout.on_newer == "supersede":
        yield (
            "a newer approval during the experiment rolls this release back (on_newer: "
            "supersede); with on_newer: queue it waits"
        )


def _outlook(policy: Policy, goal: GoalSection, outcomes: LiveOutcomes | None) -> str:
    least, days = goal.least_effect, policy.rollout.max_days
    if outcomes is None:
        return (
            f"no outcome of {goal.name} was seen of live in the last day, so nobody knows how long "
            f"the experiment takes; {days} days at most"
        )
    needed = days_needed(outcomes, aim_of(goal), policy.rollout.share / 100)
    said = (
        f"{goal.name} of live was {outcomes.mean:.4g} of {outcomes.per_minute:,.3g} requests a "
        f"minute: a difference of {least:g} is found within {_time(needed.usual)} in half of "
        f"the experiments, and within {_time(needed.likely)} in 80 % of them"
    )
    if needed.likely <= days:
        return said
    effect = least * (needed.likely / days) ** 0.5
    return (
        f"{said}, but max_days is {days}: a least_effect of about {effect:.2g} could be found by "
        "then"
    )


def _time(days: float) -> str:
    """The delay until an outcome can be read comes on top."""
    minutes = days * DAY_MINUTES
    if minutes < 2 * HOUR_MINUTES:
        return f"{minutes:.0f} minutes"
    return f"{minutes / HOUR_MINUTES:.0f} hours" if days < 2 else f"{days:.2g} days"  # noqa: PLR2004
