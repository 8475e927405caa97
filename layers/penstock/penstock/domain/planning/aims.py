"""What a policy's goal asks of the test, and of CloudWatch."""

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.conclusion import Terms
from penstock.domain.kinds.outcome_question import OutcomeQuestion, OutcomeSeries, outcome_series
from penstock.domain.kinds.series import Fleet
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.policy.goal import GoalSection
from penstock.domain.policy.rollout import RolloutSection


def aim_of(goal: GoalSection) -> Aim:
    """The aim that the test of this goal has."""
    return Aim(goal.least_effect, goal.confidence, goal.better == "higher", goal.limits)


def terms_of(rollout: RolloutSection, goal: GoalSection) -> Terms:
    """How an experiment with this goal ends."""
    promotes = rollout.on_no_difference == "promote"
    return Terms(goal.name, aim_of(goal), rollout.max_days, promotes, goal.delay_minutes)


def outcomes_of(goal: GoalSection, fleet: Fleet) -> OutcomeSeries:
    """The series of one variant's outcomes. Those of a rate are 0 or 1, whatever CloudWatch says
    is the least and the most of a minute.
    """
    where = fleet.named_in(goal.dimensions)
    return outcome_series(goal.namespace, goal.metric, where, spread=goal.kind == "value")


def outcome_question(goal: GoalSection, live: Fleet, first: int, end: int) -> OutcomeQuestion:
    """The question about minutes in which live and the candidate have the same configuration."""
    candidate = live._replace(variant=CANDIDATE)
    return OutcomeQuestion(outcomes_of(goal, live), outcomes_of(goal, candidate), first, end)
