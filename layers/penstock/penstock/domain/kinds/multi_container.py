"""Endpoints of several containers, serial or called directly (facts 3.7)."""

from penstock.domain.kinds.kind import Kind

_NO_SHADOW = "SageMaker offers no shadow variant on multi-container endpoints"

MULTI_CONTAINER = Kind(
    "multi_container",
    "multi-container endpoints",
    excludes=dict.fromkeys(("shadow", "shadow_minutes"), _NO_SHADOW),
)
