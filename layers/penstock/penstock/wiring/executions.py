"""Executions of the state machine, which a halt wakes, a claim asks about and a sweep starts."""

from penstock.adapters.executions import StepFunctions
from penstock.bootstrap import World


def executions(world: World) -> StepFunctions:
    """Those of the stack's own state machine."""
    return StepFunctions(world.client("stepfunctions"), world.environment.state_machine_arn)
