"""A/B: a share that is held until a goal decides. This version does not support it yet."""

from penstock.domain.strategies.strategy import EXPERIMENT_KEYS, Strategy

AB = Strategy(
    "ab",
    reads=("steps", "step_minutes", "hold_minutes", *EXPERIMENT_KEYS),
    needs=("goal",),
)
