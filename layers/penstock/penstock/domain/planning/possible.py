"""Which strategies each serving kind can have on SageMaker (facts 3.7), and why not."""

from penstock.domain.policy.rollout import Rollout, Strategy
from penstock.domain.policy.serving import Kind, Serving

_WEIGHTED: tuple[Strategy, ...] = ("canary", "linear", "ab")
_IMPOSSIBLE: dict[Kind, tuple[tuple[Strategy, ...], str]] = {
    "serverless": (
        (*_WEIGHTED, "shadow", "guardrail"),
        "a serverless endpoint has one production variant and takes only an all_at_once swap",
    ),
    "async": (
        (*_WEIGHTED, "shadow"),
        "SageMaker documents neither weighted variants nor shadows for asynchronous endpoints",
    ),
    "batch": (
        (*_WEIGHTED, "shadow", "guardrail"),
        "a batch transform has no endpoint whose traffic could be shifted",
    ),
    "multi_model": (("shadow",), "SageMaker offers no shadow variant on multi-model endpoints"),
    "multi_container": (
        ("shadow",),
        "SageMaker offers no shadow variant on multi-container endpoints",
    ),
}


def impossible(serving: Serving, rollout: Rollout) -> str | None:
    """Why SageMaker cannot serve and roll out like this; None where it can."""
    strategies, reason = _IMPOSSIBLE.get(serving.kind, ((), ""))
    shadows = rollout.shadow_minutes > 0 and "shadow" in strategies
    if rollout.strategy in strategies or shadows:
        wanted = "shadow_minutes" if shadows else f"strategy {rollout.strategy}"
        return f"rollout: {wanted} is impossible with serving.kind {serving.kind}: {reason}"
    if rollout.strategy == "guardrail" and serving.instance_count == 1:
        return (
            "rollout: guardrail shifts whole instances, at most half of them at first, "
            "so it needs serving.instance_count 2 or more"
        )
    return None
