"""Policies of the end-to-end tests: short steps, so that a release takes few looks."""

from collections.abc import Mapping
from typing import Any

from tests.end_to_end.stage import ROLE

Document = dict[str, Any]

QUICK: Document = {
    "approval": {"bars": [{"metric": "metrics.auc", "at_least": 0.8}]},
    "serving": {"execution_role_arn": ROLE, "instance_type": "ml.m5.large", "instance_count": 2},
    "rollout": {
        "steps": [50],
        "step_minutes": 2,
        "hold_minutes": 0,
        "watch_minutes": 2,
        "prove": False,
    },
    "judge": {"min_requests": 20, "warm_up_minutes": 1},
}


def quick(endpoint: str, changes: Mapping[str, Any]) -> Document:
    """The quick policy of an endpoint with changes laid over it, key by key."""
    return laid_over({**QUICK, "endpoint": endpoint}, changes)


def laid_over(document: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Objects are merged, everything else is replaced, and None takes a key away."""
    merged = {**document, **{key: _merged(document.get(key), changes[key]) for key in changes}}
    return {key: value for key, value in merged.items() if value is not None}


def _merged(old: Any, new: Any) -> Any:
    both = isinstance(old, Mapping) and isinstance(new, Mapping)
    return laid_over(old, new) if both else new
