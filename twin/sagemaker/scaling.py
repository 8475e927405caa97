"""Application Auto Scaling of variants: moto's targets with AWS's checks. Tests do the scaling."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.applicationautoscaling import models, responses

from twin.core.account import ACCOUNT, REGION, refused
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.sagemaker.endpoint_state import Endpoint, Variant
from twin.sagemaker.endpoint_updates import Updates
from twin.sagemaker.endpoints import Endpoints

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
_SUSPENSIONS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)
_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


def targets_of(endpoint: str) -> list[str]:
    """Return the variants of an endpoint that are registered as scalable targets."""
    found = [_RESOURCE.fullmatch(resource) for resource in _targets()]
    return [match[2] for match in found if match and match[1] == endpoint]


def forget(endpoint: str) -> None:
    """AWS: scalable targets are deregistered when their endpoint is deleted."""
    for variant in targets_of(endpoint):
        del _targets()[_resource(endpoint, variant)]


class Scaling:
    """Scales endpoints as auto-scaling would, when a test calls it."""

    def __init__(self, endpoints: Endpoints, updates: Updates) -> None:
        self._endpoints = endpoints
        self._updates = updates

    def act(self, endpoint_name: str, variant_name: str, count: int) -> bool:
        """Scale as a policy would. Return whether it happened.

        AWS: nothing is scaled while scaling is suspended or the endpoint is changing.
        """
        endpoint = self._endpoints.get(endpoint_name)
        target = _targets()[_resource(endpoint_name, variant_name)]
        if not target.min_capacity <= count <= target.max_capacity:
            raise ValueError(f"{count} is outside the target's capacities")
        variant = endpoint.variants[variant_name]
        if endpoint.status != "InService" or _suspended(target, variant, count):
            return False
        self._updates.change(
            endpoint, [{"VariantName": variant_name, "DesiredInstanceCount": count}]
        )
        return True

    def install(self, hooks: Hooks) -> None:
        """Validate registrations as AWS does, and describe targets completely."""
        response = responses.ApplicationAutoScalingResponse
        register: Callable[[Any], str] = response.register_scalable_target

        def checked(request: Any) -> str:
            if request._get_param("ServiceNamespace") == "sagemaker":  # noqa: SLF001  # moto's accessor for subclasses
                self._check(request._get_param)  # noqa: SLF001  # likewise
            return register(request)

        hooks.set(response, "register_scalable_target", checked)
        build = responses._build_target  # noqa: SLF001  # contract test
        hooks.set(responses, "_build_target", lambda target: _complete(build(target)))

    def _check(self, param: Callable[[str], Any]) -> None:
        if param("ScalableDimension") != _DIMENSION:
            raise NotSupportedByTwin(f"scalable dimension {param('ScalableDimension')}")
        variant = self._variant(param("ResourceId"))
        known = _targets().get(param("ResourceId"))
        least = _either(param("MinCapacity"), known and known.min_capacity)
        most = _either(param("MaxCapacity"), known and known.max_capacity)
        if least is None or most is None or least > most:
            raise refused("MinCapacity and MaxCapacity are required, and in order.")
        if not least <= variant.current_count <= most:
            raise NotSupportedByTwin("capacities that exclude the present one: AWS scales at once")
        _check_suspension(param("SuspendedState"))

    def _variant(self, resource: str) -> Variant:
        match = _RESOURCE.fullmatch(resource)
        endpoint: Endpoint | None = self._endpoints.find(match[1]) if match else None
        if match is None or endpoint is None or match[2] not in endpoint.variants:
            raise refused(f"Could not find the endpoint variant of {resource}.")
        return endpoint.variants[match[2]]


def _targets() -> dict[str, Any]:
    backend = models.applicationautoscaling_backends[ACCOUNT][REGION]
    return backend.targets.get(_DIMENSION, {})


def _resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"


def _either(given: int | None, known: int | None) -> int | None:
    return known if given is None else given


def _check_suspension(state: Mapping[str, bool] | None) -> None:
    if state is not None and set(state) != set(_SUSPENSIONS):
        raise NotSupportedByTwin("a SuspendedState without all of its three members")


def _suspended(target: Any, variant: Variant, count: int) -> bool:
    state = target.suspended_state or {}
    direction = "In" if count < variant.current_count else "Out"
    return bool(state.get(f"DynamicScaling{direction}Suspended"))


def _complete(described: dict[str, Any]) -> dict[str, Any]:
    """AWS: a target always has its three suspensions and its service-linked role."""
    return {
        **described,
        "SuspendedState": described["SuspendedState"] or dict.fromkeys(_SUSPENSIONS, False),
        "RoleARN": described["RoleARN"] or _ROLE,
    }
