"""What follows from the goal so far: promote, go back, end with live, or wait."""

from typing import NamedTuple

from penstock.domain.judging.findings import odds
from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.experiment import Experiment
from penstock.domain.judging.goal.finding import GoalFinding, goal_finding
from penstock.domain.judging.goal.lateness import late_minutes
from penstock.domain.judging.goal.time_needed import minutes_left
from penstock.domain.judging.opinion import Opinion
from penstock.domain.moments import DAY_MINUTES, DAY_MS, MINUTE_MS

GRACE_MINUTES = 6 * 60
"""How long outcomes are waited for that CloudWatch did not show when it should have."""


class Terms(NamedTuple):
    """The goal's name, what it is to find out, and how the experiment ends.

    `promotes`: where there is no difference. `delay_minutes`: until an outcome is published.
    """

    name: str
    aim: Aim
    max_days: int
    promotes: bool
    delay_minutes: int

    @property
    def late(self) -> int:
        """Minutes after its end from which a minute is read."""
        return late_minutes(self.delay_minutes)


def longest_minutes(max_days: int, delay_minutes: int) -> int:
    """The longest that an experiment takes, in minutes."""
    return max_days * DAY_MINUTES + late_minutes(delay_minutes) + GRACE_MINUTES


def conclude(experiment: Experiment, terms: Terms, now: int) -> Opinion:
    """The opinion at a look, with the figures in its sentence.

    Evidence decides at once. An interval within the least effect, or the end of the time, leaves
    the decision to the policy. Without any outcome to compare, live is always kept.
    """
    finding = goal_finding(experiment.trial, terms.aim)
    seen = goal_seen(experiment, finding, terms)
    match finding.decision:
        case "worse":
            return Opinion("refuses", f"the candidate is worse: {seen}", against=True)
        case "better":
            return Opinion("agrees", f"the candidate is better: {seen}")
        case "no_relevant_difference":
            return _alike(terms, f"no relevant difference: {seen}")
    if experiment.last is None:
        return Opinion("waits", f"undecided {_so_far(experiment, terms)}: {seen}")
    if not experiment.read_to_the_end and now < _given_up(experiment.last, terms):
        return Opinion("waits", f"the last outcomes are still coming in: {seen}")
    if not experiment.trial.weight:
        return Opinion("ends", f"live is kept: {seen}", at_once=True)
    return _alike(terms, f"undecided after {_days(terms.max_days)}: {seen}")


def decides(opinion: Opinion) -> bool:
    """Whether the experiment is over with this opinion."""
    return opinion.stance != "waits"


def goal_seen(experiment: Experiment, finding: GoalFinding, terms: Terms) -> str:
    """Means, effect, evidence, and how long it still takes; without a full stop."""
    trial, aim = experiment.trial, terms.aim
    if finding.effect is None or finding.low is None or finding.high is None:
        return f"{terms.name} has no outcomes of both variants to compare{_gaps(experiment)}"
    live, candidate = trial.seen
    better, worse = odds(finding.log_better), odds(finding.log_worse)
    return (
        f"{terms.name} {_figure(finding.candidate)} of {candidate:,.0f} requests, "
        f"{_figure(finding.live)} of live's {live:,.0f}, effect {finding.effect:+.3g}, "
        f"{100 * aim.confidence:g} % sure between {finding.low:+.3g} and {finding.high:+.3g}; "
        f"evidence {better} for better, {worse} for worse"
        f"{_time_left(experiment, finding, terms)}{_gaps(experiment)}"
    )


def _alike(terms: Terms, said: str) -> Opinion:
    if terms.promotes:
        return Opinion("agrees", f"{said}; the policy promotes then")
    return Opinion("ends", f"{said}; live is kept", at_once=True)


def _given_up(last: int, terms: Terms) -> int:
    """When the last minute would have been read, and more."""
    return (last + 1 + terms.late + GRACE_MINUTES) * MINUTE_MS


def _so_far(experiment: Experiment, terms: Terms) -> str:
    return f"after {experiment.lasted / DAY_MS:.1f} of {_days(terms.max_days)}"


def _days(days: float) -> str:
    return "1 day" if days == 1 else f"{days:g} days"


def _time_left(experiment: Experiment, finding: GoalFinding, terms: Terms) -> str:
    if finding.decision != "open" or experiment.last is not None:
        return ""
    left = minutes_left(experiment.trial, terms.aim)
    if left is None:
        return ""
    if not left:
        return f"; {terms.aim.least_effect:g} would usually have been found by now"
    days, least = left / DAY_MINUTES, terms.aim.least_effect
    return f"; {days:.2g} more days at this traffic until {least:g} would usually be found"


def _gaps(experiment: Experiment) -> str:
    lost, left_out = experiment.lost, experiment.left_out
    said = ""
    if lost:
        said += f"; {lost:,} minutes are lost, because CloudWatch keeps them for 15 days"
    if left_out:
        said += f"; {left_out:,} minutes are left out, because their outcomes are impossible"
    return said


def _figure(mean: float | None) -> str:
    return "unknown" if mean is None else f"{mean:.4g}"
