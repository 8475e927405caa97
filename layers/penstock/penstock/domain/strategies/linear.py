"""Linear: a canary whose shares grow by the same increment."""

from penstock.domain.strategies import canary
from penstock.domain.strategies.strategy import HOLDBACK_KEYS, Strategy

LINEAR = Strategy(
    "linear",
    reads=("increment", "step_minutes", "hold_minutes", *HOLDBACK_KEYS),
    stages=canary.canary_stages,
    notes=canary.canary_notes,
    increment=20.0,
)
