"""Batch transform: jobs that find their model by a name (facts 3.7)."""

from penstock.domain.kinds.kind import Kind

_NO_ENDPOINT = "a batch transform has no endpoint whose traffic could be shifted"

BATCH = Kind(
    "batch",
    "names of batch jobs",
    excludes=dict.fromkeys(
        (
            *("canary", "linear", "ab", "shadow", "guardrail"),
            *("shadow_minutes", "holdback_percent"),
        ),
        _NO_ENDPOINT,
    ),
)
