"""A/B: a share that is held until a goal decides; this version does not know it yet."""

from penstock.domain.strategies.strategy import Strategy

AB = Strategy("ab", reads=("steps", "step_minutes", "hold_minutes", "shadow_minutes"))
