"""Scenes of the golden texts: how releases begin, go and end, and what people do to them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from penstock.domain.errors import Denied
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.moments import MINUTE_MS
from tests.fakes.outcomes import FakeShop
from tests.worlds.goals import SHORT
from tests.worlds.machine import Execution
from tests.worlds.scenes import HOURS, refuses
from tests.worlds.sweeps import QUICK, freeze, released, with_traffic
from tests.worlds.world import World


def under(**sections: Any) -> Callable[[], World]:
    """Two versions were released under this policy."""

    def world() -> World:
        return released(2, {**QUICK, **sections})

    return world


def judged(**judge: Any) -> dict[str, Any]:
    return {**QUICK["judge"], **judge}


def experimenting(means: Mapping[str, float], **rollout: Any) -> Callable[[], World]:
    """Two versions were released; the policy has an A/B test now, with these mean outcomes."""

    def world() -> World:
        begun = released(2)
        begun.policies.put("churn", json.dumps({**QUICK, "rollout": SHORT | rollout}))
        begun.outcomes.always = FakeShop(begun.cloud, dict(means))
        return begun

    return world


def stranger() -> World:
    """An endpoint that somebody else made."""
    world = World(QUICK, quick=True)
    world.cloud.serve("churn", "theirs")
    world.scaling.register("churn")
    return world


def open_steps() -> World:
    """The same traffic, and a policy that names no steps."""
    world = compared()
    world.policies.put("churn", json.dumps({**ADAPTIVE, "rollout": {"watch_minutes": 4}}))
    return world


def compared() -> World:
    """Enough traffic for long enough, and shares that the comparison chooses."""
    world = World(ADAPTIVE, quick=True)
    world.traffic.per_minute = 600
    world.promoted(1)
    world.clock.advance(HOURS)
    return world


ADAPTIVE: Mapping[str, Any] = {
    **QUICK,
    "rollout": {"steps": "adaptive", "step_minutes": 3, "watch_minutes": 4},
    "judge": QUICK["judge"]
    | {"deadline_minutes": 60, "wait_hours": 1, "margins": {"errors": 0.05}},
}
GOES_BACK: Mapping[str, Any] = QUICK["rollout"] | {"on_revocation": "roll_back"}
HELD: Mapping[str, Any] = {
    "rollout": QUICK["rollout"] | {"holdback_percent": 10, "holdback_minutes": 60}
}
GUARDED: Mapping[str, Any] = {
    "rollout": {"strategy": "guardrail", "size_percent": 50, "watch_minutes": 2}
}
LATENCY: Mapping[str, Any] = {
    "judge": QUICK["judge"] | {"latency_objective_ms": 250},
    "rollout": {"strategy": "linear", "increment": 40, "step_minutes": 2, "watch_minutes": 3},
    "alarms": ["business"],
}


def release(world: World, version: int = 3, **more: Any) -> Execution:
    execution = world.release(version, **more)
    world.run()
    return execution


def is_released(world: World) -> None:
    release(world)


def is_deployed_badly(world: World) -> None:
    """The new fleet fails half of its requests, and the brake stops it."""
    execution = world.release(3)
    world.until(execution, "Promote the candidate")
    world.traffic.rates[world.plan_of(3).blueprint.final_name] = {"errors": 0.5}
    world.run()


def is_undone_silently(world: World) -> None:
    """SageMaker takes the new fleet back without a word."""
    world.cloud.tells_reason = False
    world.cloud.next("update", outcome="undone")
    release(world)


def is_adopted(world: World) -> None:
    release(world, adopt=True, reason="ours from now on")


def is_planned(world: World) -> None:
    release(world, dry_run=True)


def is_planned_while_held(world: World) -> None:
    with_traffic(world)
    world.run(world.release(4, dry_run=True))
    world.run()


def already_alarmed(world: World) -> None:
    world.alarms.put("business", "ALARM")
    release(world)
    world.alarms.put("business")


def without_an_alarm(world: World) -> None:
    world.policies.put("churn", json.dumps({**QUICK, "alarms": ["business", "missing"]}))
    release(world)


def is_not_approved(world: World) -> None:
    execution = world.release(3)
    package = world.registry.packages[execution.input["model_package_arn"]]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    world.run()


def without_a_policy(world: World) -> None:
    """An event of a group that is none of ours, and a person who asks for the same."""
    world.policies.remove("churn")
    release(world)
    arn = world.register(4)
    world.start("by-hand", action="release", model_package_arn=arn, reason="now")
    world.run()


def nonsense(world: World) -> None:
    world.start("nonsense", action="explode", endpoint="churn", model_package_arn=7)
    world.run()


def is_revoked(world: World) -> None:
    execution = with_traffic(world)
    arn = str(execution.input["model_package_arn"])
    package = world.registry.packages[arn]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    world.revoked(arn)
    world.run()


def is_rejected_while_it_serves(world: World) -> None:
    world.reject(2)


def is_rejected_with_nothing_left(world: World) -> None:
    world.reject(1)
    world.reject(2)


def is_rejected_while_blocked(world: World) -> None:
    """Somebody changed the endpoint, and undoes it afterwards."""
    shown = world.content
    world.cloud.edit("churn", "theirs")
    world.reconcile()
    world.reject(2)
    world.cloud.edit("churn", shown.name, **shown.weights)
    world.reconcile()
    world.reconcile()
    world.run()


def cannot_be_staged(world: World) -> None:
    """The role lost its permission for a while, and gets it back before a sweep."""
    refuses(world, "registry.set_stage", Denied("not authorized"), 3)
    release(world)
    world.reconcile()


def taken_back_unheard(world: World) -> None:
    """The event of the revocation is lost; the sweep finds it."""
    execution = with_traffic(world)
    package = world.registry.packages[str(execution.input["model_package_arn"])]
    world.registry.put(package.model_copy(update={"approval": "Rejected"}))
    world.reconcile()
    world.run()


def alarm_unheard(world: World) -> None:
    with_traffic(world)
    world.alarm("business", event=False)
    world.reconcile()
    world.reconcile()
    world.run()
    world.alarms.put("business")


def without_traffic(world: World) -> None:
    world.traffic.per_minute = world.metrics.per_minute = 0
    release(world)


def with_traffic_at_last(world: World) -> None:
    """A person is asked; then requests come."""
    world.traffic.per_minute = world.metrics.per_minute = 0
    execution = world.release(3)
    while execution.running and "Attention Needed" not in world.announcer.types:
        world.step(execution)
    world.traffic.per_minute = world.metrics.per_minute = 600
    world.run()


def frozen_unreadably(world: World) -> None:
    """Somebody stores nonsense as a freeze while a release runs and an approval comes."""
    execution = with_traffic(world)
    world.freezes.put('{"reason": "the books close", "until": "Friday"}')
    world.release(4)
    frozen_until = world.clock.now() + HOURS * 1000
    while world.clock.now() < frozen_until:
        world.step(min((e for e in world.all if e.running), key=lambda e: e.due))
    world.freezes.remove()
    world.run(execution)


def insists(world: World) -> None:
    """A person is refused during a freeze, and then insists."""
    freeze(world)
    package = world.register(3)
    for number, more in enumerate(({}, {"during_freeze": True})):
        world.start(f"hand-{number}", action="release", model_package_arn=package, **more)
        world.run()


def is_worse(world: World) -> None:
    world.traffic.rates = {"candidate": {"errors": 0.5}}
    release(world)


def harmed_late(world: World) -> None:
    """The candidate begins to fail in its holdback, less often than an alarm would notice."""
    execution, begins = world.release(3), world.clock.now() + 40 * MINUTE_MS
    while execution.running and world.clock.now() < begins:
        world.step(execution)
    world.traffic.rates = {CANDIDATE: {"errors": 0.03}}
    world.run()


def back_by_name(world: World) -> None:
    first = world.record_of(1).release
    world.start("back", action="rollback", endpoint="churn", to=first, reason="2 is too slow")
    world.run()


def back_and_back(world: World) -> None:
    """To version 1, and then there is nothing more to go back to."""
    for number in range(2):
        world.start(f"back-{number}", action="rollback", endpoint="churn")
        world.run()


def back_in_the_middle(world: World) -> None:
    with_traffic(world)
    world.start("back", action="rollback", endpoint="churn")
    world.run()


def back_by_name_in_the_middle(world: World) -> None:
    with_traffic(world)
    first = world.record_of(1).release
    world.start("back", action="rollback", endpoint="churn", to=first)
    world.run()


def again(world: World) -> None:
    """The same approval twice, and a package that serves."""
    world.run(world.release(2, "again"))
    arn = world.register(2)
    world.start("later", action="release", model_package_arn=arn, approved_at=10**13)
    world.run()
