"""What a policy's goal asks of the test."""

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.policy.goal import GoalSection


def aim_of(goal: GoalSection) -> Aim:
    """The aim that the test of this goal has."""
    return Aim(goal.least_effect, goal.confidence, goal.better == "higher", goal.limits)
