"""The evidence record of a review."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.reviewing.package import Package
from penstock.domain.reviewing.review import Review
from penstock.ports.registry import StoredPolicy

_CONTAINERS = {"__all__": {"environment"}}
_ENVIRONMENTS: Mapping[str, Any] = {"containers": _CONTAINERS, "others": {"__all__": _CONTAINERS}}


def record_key(package: Package, fingerprint: str) -> str:
    """The record's S3 key, derived from its content."""
    return f"reviews/{package.group}/{package.version}/{fingerprint}.json"


def review_record(package: Package, stored: StoredPolicy, review: Review) -> dict[str, object]:
    """Everything that led to the decision, without environments, which may hold secrets."""
    return {
        "record": "review",
        "schema": 1,
        "package": package.model_dump(exclude=_ENVIRONMENTS),
        "policy_version": stored.version,
        "policy": stored.policy.model_dump(exclude={"serving": {"environment"}}),
        "reviewed_at": review.reviewed_at,
        "decision": review.outcome,
        "verdict": review.verdict,
        "reason": review.reason,
        "bars": [result.model_dump() for result in review.results],
        "digests": review.bound.model_dump(),
    }
