"""Measures a busy account in seconds: releases at once, settles, a halt and a sweep."""

from typing import NamedTuple

from benchmarks.account.busy import Busy
from penstock.domain.ledger.gate import SHIFT
from tests.fakes.fleets import Change
from tests.worlds.machine import Execution

JUDGE = "Judge what is seen"
MOMENTS_MS = (1_000, 2_500, 5_000, 10_000, 15_000, 30_000, 60_000)
"""Milliseconds from the approvals to an alarm: while releases are planned, staged, observed."""


class Released(NamedTuple):
    """An account after releases at once, and the seconds until the last one ended."""

    world: Busy
    makespan: float


class Settled(NamedTuple):
    """The longest settle, the longest lock of a settle, and the number of leftovers."""

    longest: float
    held: float
    leftovers: int


def released(others: int, releases: int) -> Released:
    """Run releases at once, in an account with `others` other endpoints."""
    world = Busy(others, releases)
    began = world.clock.now() / 1000
    for group in world.groups:
        world.approve(group, 1)
    world.run()
    return Released(world, max(world.ended.values()) - began)


def settled(endpoints: int, *, restless: bool) -> Settled:
    """Promote several releases in a row. From the second on, each has an old one to delete.

    In a restless account all other endpoints are modified during each release.
    """
    world = Busy(endpoints - 1, 1, keep_releases=1)
    (group,) = world.groups
    others = [name for name in world.cloud.endpoints if name != group]
    for version in range(1, 7):
        execution = world.approve(group, version)
        for other in others if restless else []:
            world.cloud.scale(other, live=version)
        world.run(execution)
        world.clock.advance(3600)
    longest, held = (max(times) for times in zip(*world.settles, strict=True))
    return Settled(longest, held, len(world.ledger.peek(group).leftovers))


def slowest_halt(others: int, releases: int) -> float:
    """Return the longest time from an alarm's event to its weights call, over several moments."""
    return max(halted(others, releases, moment) for moment in MOMENTS_MS)


def halted(others: int, releases: int, after_ms: int) -> float:
    """Return the time from an alarm's event to its weights call, `after_ms` after the approvals."""
    world = Busy(others, releases + 1)
    victim, *crowd = world.groups
    bad = world.approve(victim, 1)
    while (world.ledger.peek(victim).step or 0) < SHIFT or bad.state != JUDGE:
        world.step(bad)
    accepted: list[float] = []

    def note(change: Change) -> None:
        if change.call == "weights" and change.endpoint == victim:
            accepted.append(world.meter.now)

    world.cloud.rules.append(note)
    for group in crowd:
        world.approve(group, 1)
    _run_until(world, world.clock.now() + after_ms)
    fired = world.clock.now() / 1000
    _fire(world, victim, bad)
    while not accepted:
        world.step(_next(world))
    return accepted[0] - fired


def swept(endpoints: int) -> tuple[float, int]:
    """Return the seconds of a sweep, and how many places and groups it left out."""
    world = Busy(0, endpoints)
    for group in world.groups:
        world.know(group)
    return world.sweep()


def _fire(world: Busy, endpoint: str, execution: Execution) -> None:
    """Deliver the alarm's event to the halt function, and wake the execution after it."""
    world.meter.elapsed = 0.0
    world.alarm(f"penstock-{endpoint}-errors")
    execution.due += round(1000 * world.meter.elapsed)


def _next(world: Busy) -> Execution:
    return min((each for each in world.all if each.running), key=lambda each: each.due)


def _run_until(world: Busy, until: int) -> None:
    while _next(world).due < until:
        world.step(_next(world))
    world.clock.advance_to(until)
