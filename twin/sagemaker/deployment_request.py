"""What a call of UpdateEndpoint asks for with DeploymentConfig, and when it is refused."""

from copy import deepcopy

from twin.core.account import Answer, Params, refused
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.deployment_policy import Policy, read_policy
from twin.sagemaker.endpoint_configs import EndpointConfig
from twin.sagemaker.endpoint_state import Endpoint
from twin.sagemaker.endpoints import Site

_EXCLUDED = "ml.inf1."


def wanted(endpoint: Endpoint, params: Params) -> Answer | None:
    """Return the DeploymentConfig of a call, or the last one if the call retains it.

    AWS: an earlier one is only used with RetainDeploymentConfig (facts 3.3).
    """
    given = params.get("DeploymentConfig")
    if not params.get("RetainDeploymentConfig"):
        return deepcopy(given)
    if given or not endpoint.guardrails:
        which = "with another DeploymentConfig" if given else "without an earlier DeploymentConfig"
        raise NotSupportedByTwin(f"RetainDeploymentConfig {which}")
    return endpoint.guardrails


def checked(
    site: Site, endpoint: Endpoint, config: EndpointConfig, guardrails: Answer | None
) -> Policy | None:
    """Return the policy of a deployment with guardrails, or None for one without.

    AWS: guardrails need the same variant names on both sides, and endpoints of Inf1 fall back to a
    deployment without them (facts 3.3).
    """
    if guardrails is None:
        return None
    policy = read_policy(guardrails)
    names = {variant.name for variant in config.variants}
    if names != set(endpoint.variants):
        raise refused(
            "With a DeploymentConfig the new endpoint configuration must have the variant names "
            f"of the old one: {sorted(endpoint.variants)}, not {sorted(names)}."
        )
    variants = (*config.variants, *endpoint.config.variants)
    if any(variant.instance_type.startswith(_EXCLUDED) for variant in variants):
        return None
    if endpoint.status != "InService":
        raise NotSupportedByTwin(f"DeploymentConfig while an endpoint is {endpoint.status}")
    _check_alarms(site, policy)
    return policy


def _check_alarms(site: Site, policy: Policy) -> None:
    switches = site.faults.guardrails
    missing = site.alarms.missing(policy.alarms)
    if missing and switches.missing_alarm == "refused":
        raise refused(f"Could not find CloudWatch alarm(s) {missing}.")
    alarming = site.alarms.in_alarm(policy.alarms)
    if alarming and switches.alarm_at_start == "refused":
        raise refused(f"CloudWatch alarm(s) {alarming} are in ALARM already.")
