"""How a deployment shifts, in SageMaker's form (facts 3.3)."""

from typing import Any

from penstock.domain.planning.deployment import TRAFFIC, Deployment

_MINUTE = 60
_SIZES: dict[str, list[str]] = {"whole": [], "first": ["CanarySize"], "each": ["LinearStepSize"]}


def deployment_policy(deployment: Deployment, count: int) -> dict[str, Any]:
    """The update policy of a DeploymentConfig for a fleet of `count` instances. In seconds."""
    step = {"Type": "INSTANCE_COUNT", "Value": deployment.batch(count)}
    wait, timeout = deployment.wait_minutes * _MINUTE, deployment.timeout(count) * _MINUTE
    if deployment.rolls:
        return {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": step,
                "WaitIntervalInSeconds": wait,
                "MaximumExecutionTimeoutInSeconds": timeout,
            }
        }
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": deployment.traffic.upper(),
                "WaitIntervalInSeconds": wait,
                **dict.fromkeys(_SIZES[TRAFFIC[deployment.traffic].moves], step),
            },
            "TerminationWaitInSeconds": deployment.termination_minutes * _MINUTE,
            "MaximumExecutionTimeoutInSeconds": timeout,
        }
    }
