"""What a deployment with guardrails needs of the account, and what it costs."""

from collections.abc import Iterator, Sequence

from penstock.domain.errors import Refused
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.deployment import LONGEST_DEPLOYMENT, Deployment
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Stage
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.table import STRATEGIES

MOST_ALARMS = 10
"""AutoRollbackConfiguration takes no more (facts 3.3)."""


def deployment_of(stages: Sequence[Stage]) -> Deployment | None:
    """How SageMaker shifts in one of these stages. None: it does not shift by itself."""
    return next((stage.deploys for stage in stages if stage.deploys), None)


def peak(deployment: Deployment | None, floor: int, candidates: int) -> int:
    """Most instances at the same time, where something serves already: those of a swap, too."""
    return floor + (deployment.surge(floor) if deployment else floor + candidates)


def check_deployment(policy: Policy, stages: Sequence[Stage], floor: int) -> None:
    """Check that SageMaker can shift a fleet of `floor` instances like this.

    Raises:
        Refused: There are too few instances, or the waits take too long.
    """
    deployment = deployment_of(stages)
    least, reason = STRATEGIES[policy.rollout.strategy].instances
    if deployment is None:
        return
    if floor < least:
        raise Refused(f"{reason}: the endpoint has {floor} instance and needs {least}")
    if deployment.waits(floor) >= LONGEST_DEPLOYMENT:
        raise Refused(
            f"the waits of {deployment.steps(floor)} steps take {deployment.waits(floor)} minutes, "
            f"and SageMaker ends a deployment after {LONGEST_DEPLOYMENT}: use larger steps or a "
            "shorter rollout.wait_minutes"
        )


def check_undoing(plan: Plan) -> None:
    """Check that SageMaker takes the alarms that undo the deployment.

    Raises:
        Refused: There are too many.
    """
    for stage in plan.stages:
        names = plan.undoing(stage) if stage.deploys else ()
        if len(names) > MOST_ALARMS:
            raise Refused(
                f"a deployment takes {MOST_ALARMS} alarms, and there are {len(names)}: "
                f"{len(plan.policy.alarms)} of the policy, and "
                f"{len(names) - len(plan.policy.alarms)} of Penstock with its brake"
            )


def deployment_notes(
    policy: Policy, stages: Sequence[Stage], live: LiveSetup | None, floor: int
) -> Iterator[str]:
    """Notes about the cost of a deployment, one sentence each."""
    if live is None and STRATEGIES[policy.rollout.strategy].deploys:
        yield (
            f"the first release does not use the strategy {policy.rollout.strategy}: no fleet "
            "serves that could be shifted from"
        )
    deployment = deployment_of(stages)
    if deployment is None:
        return
    steps, batch = deployment.steps(floor), deployment.batch(floor)
    waits, timeout = deployment.waits(floor), deployment.timeout(floor)
    yield (
        f"the deployment takes {steps} {'step' if steps == 1 else 'steps'} of {batch} of {floor} "
        f"instances, {waits} minutes of waiting, and at most {timeout} minutes: then SageMaker "
        f"undoes it; up to {floor + deployment.surge(floor)} instances run meanwhile"
    )
    if deployment.needs(floor) > LONGEST_DEPLOYMENT:
        yield (
            f"with slow instances the deployment may need {deployment.needs(floor)} minutes, and "
            f"SageMaker undoes it after {LONGEST_DEPLOYMENT}"
        )
