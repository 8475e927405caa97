"""Goals of A/B tests, as policies have them."""

from typing import Any

GOAL: dict[str, Any] = {
    "name": "conversion",
    "namespace": "Shop",
    "metric": "Converted",
    "dimensions": {"Endpoint": "{endpoint}", "Variant": "{variant}"},
    "least_effect": 0.01,
}
REVENUE: dict[str, Any] = {
    **GOAL,
    "name": "revenue",
    "kind": "value",
    "bounds": [0, 500],
    "least_effect": 2,
}
EXPERIMENT: dict[str, Any] = {"strategy": "ab", "goal": GOAL}
ALIKE = {"live": 0.1, "candidate": 0.1}
BETTER = {"live": 0.1, "candidate": 0.2}
WORSE = {"live": 0.2, "candidate": 0.1}
"""Mean outcomes of both variants."""
SHORT: dict[str, Any] = {
    "strategy": "ab",
    "steps": [10],
    "step_minutes": 1,
    "hold_minutes": 0,
    "watch_minutes": 2,
    "prove": False,
    "max_days": 1,
    "goal": {**GOAL, "least_effect": 0.05, "delay_minutes": 0},
}
"""An A/B test that decides within minutes."""
