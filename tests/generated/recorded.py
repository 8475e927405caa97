"""Documents that real executions hand to each task, with the account as it was then."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from penstock.domain.errors import NoCapacity
from tests.fakes.captures import Alike
from tests.fakes.outcomes import FakeShop
from tests.generated.account import ARN, MOMENT, Document, Scene
from tests.worlds.goals import BETTER, SHORT
from tests.worlds.machine import Task
from tests.worlds.scenes import ERRORS, in_window, shifted, tidy_pending
from tests.worlds.sweeps import GOLDEN, GOLDEN_FILE, GOLDEN_LINES, STAGES, WATCHED
from tests.worlds.world import CHURN, POLICY, World

EVENTS = Path(__file__).parents[2] / "events"
NAMES = {
    "Claim the endpoint": "claim_endpoint",
    "Plan the release": "plan_release",
    "Stage the candidate": "stage_candidate",
    "Shift traffic": "shift_traffic",
    "Promote the candidate": "promote_candidate",
    "Look at the endpoint": "look_at_endpoint",
    "Ask the golden requests": "ask_golden",
    "Watch what is served": "watch_stage",
    "Judge what is seen": "judge_stage",
    "Roll back": "roll_back",
    "Settle the release": "settle_release",
}
MOST = 60
"""Documents of one task that are kept; later ones differ little."""


class Recorded(NamedTuple):
    """What one invocation was given, and the account it met."""

    document: Document
    scene: Scene


@cache
def recorded() -> Mapping[str, list[Recorded]]:
    """Function to what it was given in releases that went well, badly and halfway."""
    kept: dict[str, list[Recorded]] = {name: [] for name in NAMES.values()}
    _experiment(kept)
    for history in (_good, _bad, _dead, _tidied, _taken_back, _first_fails):
        world = World()
        listen(world, kept)
        history(world)
    _staged(kept)
    _golden(kept)
    _watched(kept)
    return kept


def _experiment(kept: dict[str, list[Recorded]]) -> None:
    """An A/B test that finds a better candidate."""
    world = World({**POLICY, "rollout": SHORT})
    world.promoted(1)
    world.outcomes.always = FakeShop(world.cloud, BETTER)
    listen(world, kept)
    world.promoted(2)


def _golden(kept: dict[str, list[Recorded]]) -> None:
    """Releases that ask golden requests."""
    world = World(GOLDEN)
    world.golden.files[GOLDEN_FILE] = GOLDEN_LINES
    listen(world, kept)
    _good(world)


def _watched(kept: dict[str, list[Recorded]]) -> None:
    """A release that is only watched, and whose answers are compared."""
    world = World(WATCHED)
    world.captures.always = Alike()
    listen(world, kept)
    world.promoted(1)
    world.run(world.release(2))


def _staged(kept: dict[str, list[Recorded]]) -> None:
    """Releases whose packages have stages, and a rollback because of a revocation."""
    world = World(STAGES)
    listen(world, kept)
    _good(world)
    world.reject(2)
    world.run()


def listen(world: World, kept: Mapping[str, list[Recorded]]) -> None:
    """Keep what this world's tasks are given from now on."""
    named = {
        state: _listening(world, task, kept.get(NAMES.get(state, "")))
        for state, task in world.tasks.items()
    }
    world.tasks = named


def _listening(world: World, task: Task, kept: list[Recorded] | None) -> Task:
    def listened(document: Document) -> Document:
        if kept is not None and len(kept) < MOST:
            kept.append(Recorded(json.loads(json.dumps(document)), scene_of(world)))
        return task(document)

    return listened


def _good(world: World) -> None:
    world.promoted(1)
    world.promoted(2)


def _bad(world: World) -> None:
    world.promoted(1)
    execution = shifted(world)
    world.alarm(ERRORS)
    world.run(execution)


def _dead(world: World) -> None:
    world.promoted(1)
    world.die(in_window(world))
    world.settle_down()


def _tidied(world: World) -> None:
    world.promoted(1)
    tidy_pending(world)
    world.settle_down()


def _taken_back(world: World) -> None:
    world.promoted(1)
    world.promoted(2)
    world.run(world.start("back", action="rollback", endpoint=CHURN))


def _first_fails(world: World) -> None:
    for _ in range(9):
        world.cloud.next("create", NoCapacity("quota"))
    world.run(world.release(1))


def scene_of(world: World) -> Scene:
    """The world as AWS would show it."""
    return Scene(
        gate=_stored(world.ledger.peek(CHURN)),
        records=[_stored(record) for record in world.ledger.peek_records(CHURN)],
        endpoint=_endpoint(world),
        configs=json.loads(json.dumps(world.cloud.configs)),
        models=json.loads(json.dumps(world.cloud.models)),
        alarms=dict.fromkeys(world.alarms.names, "OK"),
        policy=json.dumps(POLICY),
        package=package(),
    )


def _stored(model: BaseModel) -> Document:
    """The ledger keeps no NULL at the top of an item."""
    return {n: v for n, v in model.model_dump(mode="json", by_alias=True).items() if v is not None}


def _endpoint(world: World) -> Document | None:
    view = world.cloud.shown(CHURN)
    if view is None:
        return None
    variants = [
        {
            "VariantName": name,
            "DesiredWeight": float(weight),
            "DesiredInstanceCount": view.counts.get(name, 1),
        }
        for name, weight in view.content.weights.items()
    ]
    return {
        "EndpointArn": f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{CHURN}",
        "EndpointStatus": view.status,
        "EndpointConfigName": view.content.name,
        "ProductionVariants": variants,
    }


def package(**other: Any) -> Document:
    """DescribeModelPackage of the package that the events are about."""
    detail = event("package_registered.json")["detail"]
    taken = (
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "InferenceSpecification",
        "ModelMetrics",
    )
    return {
        **{name: detail[name] for name in taken},
        "ModelPackageArn": ARN,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "CreationTime": MOMENT,
        **other,
    }


def event(name: str) -> Document:
    """One of the real-shaped inputs in events/."""
    read: Document = json.loads((EVENTS / name).read_text())
    return read
