"""While a lock is held nothing grows with the account: no scan of it comes back in here."""

from collections import Counter
from collections.abc import Callable

import pytest

from penstock.domain.errors import Denied
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import GateWrite
from tests.worlds.scenes import ERRORS, SETTLE, in_window, keeping, shifted
from tests.worlds.world import World


class Inside:
    """Counts the calls that the holder of churn's lock makes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: Counter[str] = Counter()
        world.wire.witness = self._call

    def _call(self, kind: str, point: str) -> None:
        held = self.world.gate.lock
        if kind == "call" and held is not None and held == self.world.wire.current.lock:
            self.calls[point] += 1


def crowded(world: World, endpoints: int) -> World:
    """Other people's endpoints, and as many that have a gate."""
    for n in range(endpoints):
        world.cloud.serve(f"theirs-{n}", f"their-config-{n}", f"their-model-{n}")
        there = Variants(config=f"their-config-{n}", weights={"live": 1})
        write = GateWrite(conditions=(), assign={"content": there})
        world.ledger.write(f"theirs-{n}", write)
    return world


def promoted(endpoints: int) -> Counter[str]:
    """A promotion that deletes its canary, an old release and that one's model."""
    world = crowded(keeping(1), endpoints)
    for version in (1, 2):
        world.promoted(version)
    inside = Inside(world)
    world.promoted(3)
    assert inside.calls["cloud.delete_model"] == 1
    return inside.calls


def rolled_back(endpoints: int) -> Counter[str]:
    world = crowded(World(), endpoints)
    world.promoted(1)
    execution = shifted(world, 2)
    inside = Inside(world)
    world.alarm(ERRORS)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert inside.calls["cloud.delete_config"] == 2
    return inside.calls


@pytest.mark.parametrize("release", [promoted, rolled_back])
def test_the_calls_inside_a_lock_do_not_grow_with_the_account(
    release: Callable[[int], Counter[str]],
) -> None:
    assert release(0) == release(40)


@pytest.mark.parametrize("release", [promoted, rolled_back])
def test_nothing_of_the_account_is_asked_inside_a_lock(
    release: Callable[[int], Counter[str]],
) -> None:
    calls = release(3)
    of_the_account = {"cloud.listed", "cloud.configs_of", "cloud.models_of"}
    of_the_ledger = {"ledger.gates", "ledger.whole_gates", "ledger.records", "ledger.seen"}
    assert not (of_the_account | of_the_ledger) & set(calls)
    assert calls["cloud.look"] >= 1


def test_nobody_is_told_anything_inside_a_lock(scaled: World) -> None:
    """Busy for hours while it settles, and then scale-in stays suspended. All scenes ask this."""
    execution = in_window(scaled)
    scaled.until(execution, SETTLE)
    scaled.cloud.maintain("churn", 7200)
    scaled.scaling.faults = [Denied("not allowed")]
    inside, before = Inside(scaled), len(scaled.announcer.said)
    scaled.run(execution)
    said = scaled.announcer.types[before:]
    assert said == ["Attention Needed", "Attention Needed", "Release Promoted"]
    assert inside.calls["announcer.announce"] == 0
