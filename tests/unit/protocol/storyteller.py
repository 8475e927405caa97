"""Tells what happened in a world, whole, as a text that people can read and tests can compare."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal

from tests.fakes.executions import PREFIX
from tests.fakes.fleets import Change
from tests.unit.protocol.world import CHURN, World
from tests.unit.told import announced, as_yaml, known

PACKAGES = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/"


@dataclass
class _Part:
    """What one task, or one round of the reconciler, did: its calls, and what came of them."""

    at: str
    name: str
    calls: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        calls = [call if count == 1 else f"{call} x{count}" for call, count in self.calls.items()]
        return "\n".join([f"{self.name}: {', '.join(calls)}", *self.details])


class Storyteller:
    """Listens to a world from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._begun = world.clock.now()
        self._ended = [e.arn for e in world.all if not e.running]
        self._announced = len(world.announcer.said)
        self._records = world.ledger.peek_records(CHURN)
        self._parts = [_Part(self._time, "before")]
        world.wire.witness = self._witness
        world.cloud.rules.append(self._change)
        world.scaling.rules.append(self._change)

    def story(self, *, whole: bool = False) -> str:
        """All of it. `whole` has the last plan too, with every request that it makes."""
        told = [line for part in self._told() for line in part.splitlines()]
        text = "\n".join([*told, "", as_yaml(self._end(whole=whole)), ""])
        return text.replace(PACKAGES, "")

    def _end(self, *, whole: bool) -> dict[str, Any]:
        """What is there in the end; of records those that were written to."""
        world, ledger = self._world, self._world.ledger
        records = [r for r in ledger.peek_records(CHURN) if r not in self._records]
        ran = [e for e in world.all if e.arn not in self._ended]
        view = world.cloud.shown(CHURN)
        return {
            "executions": {_short(e.arn): e.cause or e.status for e in ran},
            "gate": known(world.gate),
            "records": [known(record, without={"plan"}) for record in records],
            "endpoint": known(view, without={"modified"}) if view else None,
            "scaling": {variant: asdict(t) for (_, variant), t in world.scaling.targets.items()},
            "configurations": sorted(world.cloud.configs),
            "models": sorted(world.cloud.models),
            "alarms": sorted(world.alarms.names),
        } | ({"plan": known(records[0].plan)} if whole and records[0].plan else {})

    def _told(self) -> list[str]:
        """Parts in their order; what comes again and again, alone or as a pair, is told once."""
        told: list[str] = []
        parts = [part for part in self._parts if part.calls or part.details]
        while parts:
            length, count = max(((n, _repeated(parts, n)) for n in (2, 1)), key=_saved)
            told += [f"{part.at} {part.said}" for part in parts[:length]]
            if count > 1:
                which = "both" if length == 2 else "it"
                told.append(f"    ... {which} {count} times, until {parts[length * count - 1].at}")
            parts = parts[length * count :]
        return told

    @property
    def _time(self) -> str:
        return str(timedelta(milliseconds=self._world.clock.now() - self._begun))

    def _witness(self, kind: Literal["instance", "call"], name: str) -> None:
        if kind == "instance":
            self._parts.append(_Part(self._time, _short(name)))
            return
        self._parts[-1].calls[name] += 1
        said = self._world.announcer.said
        for announcement in said[self._announced :]:
            self._parts[-1].details += announced(announcement)
        self._announced = len(said)

    def _change(self, change: Change) -> None:
        about = " ".join(part for part in (change.endpoint, change.subject) if part)
        self._parts[-1].details.append(f"    > {change.call} {about}")


def _repeated(parts: list[_Part], length: int) -> int:
    """How often the first `length` parts come one after the other."""
    said = [part.said for part in parts]
    block, count = said[:length], 1
    while said[length * count : length * (count + 1)] == block:
        count += 1
    return count


def _saved(block: tuple[int, int]) -> tuple[int, int]:
    """Parts that need not be told; of two ways that save as much, the shorter block."""
    length, count = block
    return length * (count - 1), -length


def _short(name: str) -> str:
    return name.removeprefix(PREFIX)
