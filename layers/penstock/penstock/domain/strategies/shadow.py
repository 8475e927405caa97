"""Shadow: the candidate answers copies of requests; this version does not know it yet."""

from penstock.domain.strategies.strategy import Strategy

SHADOW = Strategy("shadow", reads=("steps", "step_minutes", "hold_minutes", "shadow_minutes"))
