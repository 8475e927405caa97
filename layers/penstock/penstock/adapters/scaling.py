"""Application Auto Scaling: suspends and resumes scale-in and changes nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import RefusedByAws, Unscalable
from penstock.domain.kinds.endpoint import ScaleIn

_SCALE_IN = "DynamicScalingInSuspended"
_OTHERS = ("DynamicScalingOutSuspended", "ScheduledScalingSuspended")


class AutoScaling:
    """Scalable targets of endpoint variants.

    RegisterScalableTarget changes the given members and keeps the rest. Whether that holds within
    SuspendedState is not documented, so all three members are sent, two of them unchanged. Without
    capacities the call cannot register a target that somebody deregistered.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def scale_in(self, endpoint: str, variant: str) -> ScaleIn | None:
        """DescribeScalableTargets."""
        state = self._state(endpoint, variant)
        if state is None:
            return None
        return "suspended" if state[_SCALE_IN] else "on"

    def suspend(self, endpoint: str, variant: str) -> None:
        """One read, and one call unless scale-in is already suspended."""
        self._set(endpoint, variant, suspended=True)

    def resume(self, endpoint: str, variant: str) -> None:
        """One read, and one call unless nothing is suspended."""
        self._set(endpoint, variant, suspended=False)

    def _set(self, endpoint: str, variant: str, *, suspended: bool) -> None:
        state = self._state(endpoint, variant)
        if state is None or state[_SCALE_IN] is suspended:
            return
        with _understood():
            self._client.register_scalable_target(
                ServiceNamespace="sagemaker",
                **_of(endpoint, variant),
                SuspendedState={**state, _SCALE_IN: suspended},
            )

    def _state(self, endpoint: str, variant: str) -> Mapping[str, bool] | None:
        """The suspensions of a target. A missing member is off, which is the default."""
        asked = _of(endpoint, variant)
        with _understood():
            found = self._client.describe_scalable_targets(
                ServiceNamespace="sagemaker",
                ResourceIds=[asked["ResourceId"]],
                ScalableDimension=asked["ScalableDimension"],
            )["ScalableTargets"]
        if not found:
            return None
        shown = found[0].get("SuspendedState") or {}
        return {name: bool(shown.get(name)) for name in (_SCALE_IN, *_OTHERS)}


@contextmanager
def _understood() -> Iterator[None]:
    """Translate every refusal, because no end of a release may fail over auto-scaling."""
    try:
        with translated():
            yield
    except RefusedByAws as error:
        raise Unscalable(str(error)) from error


def _of(endpoint: str, variant: str) -> dict[str, str]:
    return {
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
