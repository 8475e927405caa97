"""Policies that histories draw: each strategy, and everything that may stand in a release's way."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.soak.account import GOLDEN_URI, LATE_MINUTES, policy
from tests.worlds.goals import GOAL

Sections = dict[str, Any]

LIFECYCLE = {"staging": "Staging", "production": "Production", "retired": "Retired"}
QUICK: Sections = {"step_minutes": 1, "hold_minutes": 0, "watch_minutes": 2}
CANARY: Sections = {"steps": [50], **QUICK}
GUARDRAIL: Sections = {
    "strategy": "guardrail",
    "wait_minutes": 3,
    "termination_minutes": 3,
    "watch_minutes": 2,
}
AB: Sections = {
    **QUICK,
    "strategy": "ab",
    "steps": [10],
    "max_days": 1,
    "goal": {**GOAL, "least_effect": 0.05, "delay_minutes": LATE_MINUTES},
}
STRATEGIES: dict[str, tuple[float, Sections]] = {
    "one step": (4, CANARY),
    "more steps": (
        2,
        {**CANARY, "steps": [10, 50], "holdback_percent": 10, "holdback_minutes": 2},
    ),
    "linear": (1, {**QUICK, "strategy": "linear", "increment": 40}),
    "all at once": (2, {"strategy": "all_at_once", "watch_minutes": 2}),
    "shadow": (1.5, {"strategy": "shadow", "shadow_minutes": 3, "watch_minutes": 2}),
    "a/b": (1, AB),
    "a/b or promote": (0.5, {**AB, "on_no_difference": "promote"}),
    "guardrail": (2, {**GUARDRAIL, "size_percent": 50}),
    "guardrail, rolling": (
        1,
        {**GUARDRAIL, "traffic": "rolling", "size_percent": 50, "termination_minutes": None},
    ),
}
"""How often each is drawn, and what the policy's `rollout` is then."""


def drawn(group: str, number: int) -> tuple[str, dict[str, Any]]:
    """A policy of a group, and in a few words what is in it."""
    random = Random(number)  # noqa: S311 - no secrets here
    weights = [weight for weight, _ in STRATEGIES.values()]
    (strategy,) = random.choices(list(STRATEGIES), weights)
    said, whole = [strategy], policy(group)
    keys = STRATEGIES[strategy][1]
    whole["rollout"] = {key: value for key, value in keys.items() if value is not None}
    for often, more in MORE:
        if random.random() < often:
            said.append(more(random, whole))
    return ", ".join(said), whole


def _gates(random: Random, whole: Sections) -> str:
    """One or two gates, of one or two hours each, so that a day of sweeps outlasts them."""
    places = random.choice([["before_traffic"], ["before_promotion"], [*BOTH]])
    whole["gates"] = [
        {"at": at, "hours": random.choice([1, 2]), "approvals": random.choice([1, 1, 2])}
        for at in places
    ]
    if random.random() < 1 / 2:
        whole["gates"] = [
            {**gate, "staged": True} if gate["at"] == "before_traffic" else gate
            for gate in whole["gates"]
        ]
    asked = [
        f"{g['approvals']} {g['at']}{' staged' * bool(g.get('staged'))}" for g in whole["gates"]
    ]
    return f"asks {' and '.join(asked)}"


def _golden(random: Random, whole: Sections) -> str:
    whole["golden"] = {"s3_uri": GOLDEN_URI, "timeout_seconds": 5}
    if random.random() < 1 / 3:
        whole["rollout"]["rehearse"] = True
        return "rehearses"
    return "golden"


def _goes_back(_: Random, whole: Sections) -> str:
    whole["rollout"]["on_revocation"] = "roll_back"
    return "a revocation rolls back"


def _lifecycle(_: Random, whole: Sections) -> str:
    whole["lifecycle"] = LIFECYCLE
    return "stages"


def _queues(_: Random, whole: Sections) -> str:
    whole["rollout"]["on_newer"] = "queue"
    return "queues"


def _keeps(random: Random, whole: Sections) -> str:
    whole["rollout"]["keep_releases"] = random.choice([1, 2])
    return f"keeps {whole['rollout']['keep_releases']}"


def _shadows(random: Random, whole: Sections) -> str:
    """The candidate is a shadow first, perhaps with answers that are compared."""
    whole["rollout"]["shadow_minutes"] = 3
    if random.random() < 1 / 2:
        return "a shadow first"
    whole["serving"] = {**whole["serving"], "data_capture": CAPTURE}
    whole["judge"]["agreement"] = {"at_least": 0.9, "min_pairs": 10}
    return "a shadow that has to agree"


CAPTURE = {"percent": 100, "destination_s3_uri": "s3://sagemaker-tests/captured"}
BOTH = ("before_traffic", "before_promotion")
MORE: tuple[tuple[float, Callable[[Random, Sections], str]], ...] = (
    (0.2, _shadows),
    (0.3, _gates),
    (0.35, _golden),
    (0.7, _goes_back),
    (0.5, _lifecycle),
    (0.15, _queues),
    (0.2, _keeps),
)
"""What else a policy may have, and how often."""
