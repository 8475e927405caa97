"""Batch transform: jobs that find their model by a name (facts 3.7)."""

from penstock.domain.kinds.kind import Kind

_NO_ENDPOINT = "a batch transform has no endpoint whose traffic could be shifted"
_ITS_SAMPLE = "a batch release tries the model on its sample, which is its rehearsal"

BATCH = Kind(
    "batch",
    "names of batch jobs",
    excludes={"rehearse": _ITS_SAMPLE}
    | dict.fromkeys(
        (
            *("canary", "linear", "ab", "shadow", "guardrail"),
            *("shadow_minutes", "holdback_percent"),
        ),
        _NO_ENDPOINT,
    ),
)
