"""What is known of a goal, as one sentence for people."""

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.finding import GoalFinding

_DECIDED = {
    "better": "the candidate is better",
    "worse": "the candidate is worse",
    "no_relevant_difference": "there is no relevant difference",
    "open": "the goal is open",
}


def goal_sentence(name: str, found: GoalFinding, aim: Aim) -> str:
    """The decision, both means, and the difference with its interval; without a full stop."""
    if found.live is None or found.candidate is None or found.effect is None:
        return f"{name}: no outcomes could be compared so far"
    low, high = found.low, found.high
    return (
        f"{_DECIDED[found.decision]}: {name} candidate {found.candidate:.4g}, live "
        f"{found.live:.4g}, difference {found.effect:+.3g} ({low:+.3g} to {high:+.3g} with "
        f"{100 * aim.confidence:g} % confidence; {aim.least_effect:g} matters)"
    )
