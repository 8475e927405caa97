"""Multi-model endpoints: one host that loads the model a request names (facts 3.7)."""

from penstock.domain.kinds.kind import Kind

_NO_SHADOW = "SageMaker offers no shadow variant on multi-model endpoints"

MULTI_MODEL = Kind(
    "multi_model",
    "multi-model endpoints",
    excludes=dict.fromkeys(("shadow", "shadow_minutes"), _NO_SHADOW),
)
