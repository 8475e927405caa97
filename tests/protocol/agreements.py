"""Releases with a shadow whose captured answers are compared with live's."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from tests.worlds.machine import Document, Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.world import CHURN, POLICY, World

MINUTE = 60_000
CAPTURE = {"percent": 100, "destination_s3_uri": "s3://sagemaker-b/captured"}
AGREEMENT: Document = {"at_least": 0.98, "min_pairs": 500}
ALONE: Document = {"strategy": "shadow", "shadow_minutes": 60, "watch_minutes": 4}
EACH_MINUTE = 40


def document(agreement: Document, rollout: Document, **judge: Any) -> Document:
    return {
        **POLICY,
        "serving": {**POLICY["serving"], "data_capture": CAPTURE},
        "rollout": rollout,
        "judge": {
            **POLICY["judge"],
            "deadline_minutes": 90,
            "agreement": {**AGREEMENT, **agreement},
            **judge,
        },
    }


@cache
def serving() -> World:
    world = World(POLICY, quick=True)
    world.promoted(1)
    return world


def world_of(agreement: Document | None = None, rollout: Document = ALONE, **judge: Any) -> World:
    world = serving().fork()
    world.policies.put("churn", json.dumps(document(agreement or {}, rollout, **judge)))
    return world


def answers(world: World, differing: int = 0, names: str = "all") -> None:
    """So many of a hundred answers differ; `names` are sent with all requests, or with none."""

    def answering(_: str, variant: str, minute: int) -> Sequence[tuple[str | None, str]]:
        return [
            (f"{minute}-{n}" if names == "all" else None, _text(variant, minute, n))
            for n in range(EACH_MINUTE)
        ]

    def _text(variant: str, minute: int, n: int) -> str:
        differs = (minute * EACH_MINUTE + n) % 100 < differing
        return "1" if variant == "candidate" and differs else "0"

    world.captures.always = answering


def released(world: World) -> Execution:
    execution = world.release(2)
    world.run(execution)
    at_known_rest(world.ledger, world.cloud, world.alarms)
    return execution


def evidence(world: World) -> dict[str, Any]:
    noted = world.archive.noted[CHURN, world.record_of(2).release, "agreement"]
    found: dict[str, Any] = json.loads(noted)
    return found
