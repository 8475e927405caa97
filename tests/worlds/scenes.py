"""Situations that several traces begin with."""

from penstock.domain.errors import NoCapacity
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import SHIFT, WINDOW
from tests.fakes.scaling import Target
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

CLAIM, PLAN, STAGE = "Claim the endpoint", "Plan the release", "Stage the candidate"
SHIFT_STATE, PROMOTE = "Shift traffic", "Promote the candidate"
LOOK, WATCH, JUDGE = "Look at the endpoint", "Watch what is served", "Judge what is seen"
ROLL_BACK, SETTLE = "Roll back", "Settle the release"
ERRORS, LIVE_ERRORS = "penstock-churn-errors", "penstock-churn-errors-live"
HOURS = 3600


def shifted(world: World, version: int = 2) -> Execution:
    """A release whose candidate takes a tenth of the requests, verified."""
    execution = world.release(version)
    world.until_gate(execution, lambda gate: gate.step == SHIFT)
    world.until(execution, JUDGE)
    assert world.content.share(CANDIDATE) == 0.1
    return execution


def in_window(world: World, version: int = 2) -> Execution:
    """A release that is promoted and watched, not settled."""
    execution = world.release(version)
    world.until_gate(execution, lambda gate: gate.step == WINDOW)
    world.until(execution, JUDGE)
    return execution


def tidy_pending(world: World, version: int = 2) -> Execution:
    """A bad release whose configuration could not be taken back for want of instances."""
    execution = shifted(world, version)
    for _ in range(200):
        world.cloud.next("update", NoCapacity("quota"))
    world.alarm(ERRORS)
    world.run(execution)
    world.cloud.faults.clear()
    assert world.gate.tidy == "pending"
    assert execution.cause["tidy"] == "pending"
    return execution


def refuses(world: World, point: str, error: Exception, times: int) -> None:
    """The next calls of a port raise."""

    def refuse() -> None:
        raise error

    for _ in range(times):
        world.wire.before(point, refuse)


def silent(world: World) -> None:
    """The owner is silent: one sweep sees it, and the next one acts."""
    for _ in range(2):
        world.clock.advance(HOURS)
        if world.reconcile().startswith("recovery started"):
            return
    raise AssertionError(f"no recovery was started: {world.gate}")


def target(world: World) -> Target:
    return world.scaling.targets["churn", "live"]


def as_found(world: World, *, scale_in: bool = False) -> bool:
    """Nothing is owed, and scale-in is as its owner left it."""
    return world.gate.suspension is None and target(world).scale_in is scale_in


def keeping(releases: int) -> World:
    """Releases all at once, of which so many good ones are kept."""
    return World(
        {**POLICY, "rollout": {"strategy": "all_at_once", "keep_releases": releases}}, quick=True
    )
