"""What is known of a goal at a look, as the evidence of a release keeps it."""

from typing import Any

from penstock.domain.judging.goal.conclusion import Terms
from penstock.domain.judging.goal.experiment import Experiment
from penstock.domain.judging.goal.finding import goal_finding
from penstock.domain.judging.goal.time_needed import LIKELY, minutes_left
from penstock.domain.judging.opinion import Opinion
from penstock.domain.moments import DAY_MS, MINUTE_MS, iso


def goal_record(experiment: Experiment, terms: Terms, opinion: Opinion, now: int) -> dict[str, Any]:
    """Values of JSON's kinds. Figures are null while nothing could be compared."""
    trial, aim = experiment.trial, terms.aim
    finding = goal_finding(trial, aim)
    left, likely = minutes_left(trial, aim), minutes_left(trial, aim, LIKELY)
    return {
        "at": iso(now),
        "goal": terms.name,
        "stance": opinion.stance,
        "decision": finding.decision,
        "reason": opinion.reason,
        "candidate": {"mean": finding.candidate, "outcomes": trial.seen[1]},
        "live": {"mean": finding.live, "outcomes": trial.seen[0]},
        "effect": finding.effect,
        "interval": [finding.low, finding.high],
        "confidence": aim.confidence,
        "least_effect": aim.least_effect,
        "log_better": finding.log_better,
        "log_worse": finding.log_worse,
        "decides_at": aim.enough,
        "days": round(experiment.lasted / DAY_MS, 3),
        "max_days": terms.max_days,
        "minutes_left": {"median": left, "likely": likely},
        "read_until": iso(experiment.next * MINUTE_MS),
        "lost_minutes": experiment.lost,
        "left_out_minutes": experiment.left_out,
    }
