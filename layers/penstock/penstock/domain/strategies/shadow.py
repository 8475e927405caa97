"""Shadow: the candidate answers copies of requests. This version does not support it yet."""

from penstock.domain.strategies.strategy import Strategy

SHADOW = Strategy("shadow", reads=("steps", "step_minutes", "hold_minutes", "shadow_minutes"))
