"""Asynchronous endpoints: requests wait in a queue, answers are objects in S3 (facts 3.7)."""

from penstock.domain.kinds.kind import Kind

_UNDOCUMENTED = (
    "SageMaker documents neither weighted variants nor shadows for asynchronous endpoints"
)

ASYNC = Kind(
    "async",
    "asynchronous endpoints",
    excludes=dict.fromkeys(
        ("canary", "linear", "ab", "shadow", "shadow_minutes", "holdback_percent"), _UNDOCUMENTED
    ),
)
