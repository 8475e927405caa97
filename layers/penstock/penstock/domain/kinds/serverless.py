"""Serverless endpoints: one production variant, swapped whole (facts 3.6, 3.7)."""

from penstock.domain.kinds.kind import Kind

_SWAPS = "a serverless endpoint has one production variant and takes only an all_at_once swap"

SERVERLESS = Kind(
    "serverless",
    "serverless endpoints",
    excludes=dict.fromkeys(
        (
            *("canary", "linear", "ab", "shadow", "guardrail"),
            *("shadow_minutes", "holdback_percent"),
        ),
        _SWAPS,
    ),
    offers_no=(
        "instance_type",
        "instance_count",
        "candidate_instance_count",
        "vpc",
        "network_isolation",
        "data_capture",
        "volume_gb",
        "routing",
    ),
)
