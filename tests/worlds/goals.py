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
