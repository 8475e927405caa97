"""Guardrail: SageMaker shifts whole instances by itself. This version does not support it yet."""

from penstock.domain.strategies.strategy import Strategy

GUARDRAIL = Strategy(
    "guardrail",
    reads=("steps", "step_minutes", "hold_minutes", "shadow_minutes"),
    instances=(2, "guardrail shifts whole instances, at most half of them at first"),
)
