"""Tells what happened in a world as a text that people can read and tests can compare.

A text has every announcement, every change of SageMaker, and what differs in the end from how the
scene began. Calls of ports are told only where a text asks for them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from penstock.domain.ledger.place import Key
from penstock.domain.ledger.record import ReleaseRecord
from tests.fakes.executions import PREFIX
from tests.fakes.fleets import Change
from tests.worlds.machine import Execution
from tests.worlds.told import announced, as_yaml, changed, known
from tests.worlds.world import CHURN, World

PACKAGES = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/"


class Beginning(NamedTuple):
    """What happens in the text of this name; others that begin like it begin where they differ."""

    name: str
    parts: Sequence[str]


@dataclass
class _Part:
    """What one task, or one round of the reconciler, did: its calls, and what came of them."""

    at: str
    name: str
    calls: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    @property
    def called(self) -> str:
        calls = [call if count == 1 else f"{call} x{count}" for call, count in self.calls.items()]
        return f": {', '.join(calls)}"


class Storyteller:
    """Listens to a world from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._begun = world.clock.now()
        self._ended = [e.arn for e in world.all if not e.running]
        self._announced = len(world.announcer.said)
        self._before = _state(world)
        self._opening = _opening(world)
        self._records = {r.release: r for r in world.ledger.peek_records(CHURN)}
        self._parts = [_Part(self._time, "before")]
        world.wire.witness = self._witness
        world.cloud.rules.append(self._change)
        world.scaling.rules.append(self._change)
        world.brakes.rules.append(self._change)

    def story(
        self, beginnings: Sequence[Beginning] = (), *, calls: bool = False, plan: bool = False
    ) -> str:
        """All of it, from where it leaves the longest of the beginnings.

        With `calls` every task is told, and what it asked of ports; with `plan` the last plan too.
        """
        parts = self._heard(calls=calls)
        starts = [_NOTHING_SHARED, *(_shared(parts, each) for each in beginnings)]
        start = max(starts, key=lambda start: start.parts)
        told = _told(parts[start.parts :])
        text = "\n".join([self._opening, *start.line, *told, "", as_yaml(self._end(plan=plan)), ""])
        return text.replace(PACKAGES, "")

    @property
    def parts(self) -> list[str]:
        """What happened, piece by piece, as the beginning of other texts."""
        return [part.whole for part in self._heard(calls=False)]

    def _end(self, *, plan: bool) -> dict[str, Any]:
        """How executions ended, and what is there now and was not, or the other way round."""
        world = self._world
        records = [r for r in world.ledger.peek_records(CHURN) if r != self._records.get(r.release)]
        ran = [e for e in world.all if e.arn not in self._ended]
        differences = changed(self._before, _state(world))
        told = {
            "executions": {_short(e.arn): _ending(e, plan=plan) for e in ran},
            "records": [self._record(record) for record in records],
            **(differences if isinstance(differences, dict) else {}),
            "plan": self._plan(records[0]) if plan and records else None,
        }
        return {name: value for name, value in told.items() if value}

    def _plan(self, record: ReleaseRecord) -> dict[str, Any] | None:
        if record.planned is None:
            return None
        return known(self._world.plans.peek(Key(CHURN), record.release, record.planned.digest))

    def _record(self, record: ReleaseRecord) -> dict[str, Any]:
        """What is new of a record; its last verdict is not told twice."""
        before, told = self._records.get(record.release), known(record, without={"planned"})
        news = changed(known(before, without={"planned"}) if before else {}, told)
        assert isinstance(news, dict)
        if record.judged and "judged" in news and _verdict(told["judged"]) in self._verdicts:
            at = self._after(record.judged.at)
            news["judged"] = f"{record.judged.verdict} at {at}, as announced"
        return {"release": record.release, **news}

    @property
    def _verdicts(self) -> list[dict[str, Any]]:
        said = self._world.announcer.said
        return [_verdict(known(a)) for a in said if a.detail_type == "Release Judged"]

    def _heard(self, *, calls: bool) -> list["_Heard"]:
        """Parts with something to tell, as texts."""
        heard = []
        for part in self._parts:
            if part.details or (calls and part.calls):
                head = part.name + (part.called if calls else "")
                heard.append(_Heard(part.at, "\n".join([head, *part.details])))
        return heard

    @property
    def _time(self) -> str:
        return self._after(self._world.clock.now())

    def _after(self, moment: int) -> str:
        return str(timedelta(milliseconds=moment - self._begun))

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


class _Heard(NamedTuple):
    """A part as it is told, and when it was."""

    at: str
    said: str

    @property
    def whole(self) -> str:
        return f"{self.at} {self.said}"


class _Start(NamedTuple):
    """How many parts another text tells already, and the line that says which."""

    parts: int
    line: tuple[str, ...]


_NOTHING_SHARED = _Start(0, ())


def _shared(parts: Sequence[_Heard], beginning: Beginning) -> _Start:
    pairs = zip(parts, beginning.parts, strict=False)
    count = len(list(takewhile(lambda pair: pair[0].whole == pair[1], pairs)))
    if not count:
        return _NOTHING_SHARED
    last = parts[count - 1]
    line = f"as in {beginning.name}, up to {last.at} {last.said.splitlines()[0]}"
    return _Start(count, (line,))


def _told(parts: Sequence[_Heard]) -> list[str]:
    """Parts in their order; what comes again and again, alone or as a pair, is told once."""
    told: list[str] = []
    while parts:
        length, count = max(((n, _repeated(parts, n)) for n in (2, 1)), key=_saved)
        told += [line for part in parts[:length] for line in part.whole.splitlines()]
        if count > 1:
            which = "both" if length == 2 else "it"
            told.append(f"    ... {which} {count} times, until {parts[length * count - 1].at}")
        parts = parts[length * count :]
    return told


def _repeated(parts: Sequence[_Heard], length: int) -> int:
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


def _opening(world: World) -> str:
    """What came before, in one line."""
    view = world.cloud.shown(CHURN)
    running = [f"{_short(e.arn)} is about to {e.state}" for e in world.all if e.running]
    serves = view.content.name if view and view.content else "no endpoint"
    left = world.gate.serving or "nothing"
    return (
        f"before: {serves} serves, the ledger left {left}; {', '.join(running) or 'nothing runs'}"
    )


def _ending(execution: Execution, *, plan: bool) -> object:
    """How an execution ended; a plan that it answers is told where a text asks for it."""
    cause = execution.cause
    hides = bool(cause) and "plan" in cause and not plan
    return cause | {"plan": "..."} if hides else cause or execution.status


def _state(world: World) -> dict[str, Any]:
    """The gate, and what is there of the endpoint; a name of what is made counts as a field."""
    view = world.cloud.shown(CHURN)
    return {
        "gate": known(world.gate),
        "endpoint": known(view, without={"modified"}) if view else None,
        "scaling": {variant: asdict(t) for (_, variant), t in world.scaling.targets.items()},
        "configurations": dict.fromkeys(sorted(world.cloud.configs), "made"),
        "models": dict.fromkeys(sorted(world.cloud.models), "made"),
        "alarms": dict.fromkeys(sorted(world.alarms.names), "made"),
    }


def _verdict(judged: Mapping[str, Any]) -> dict[str, Any]:
    """What a record and an announcement both say of a verdict."""
    names = ("verdict", "percent", "reason", "log_e", "threshold", "signals")
    return {name: judged.get(name) for name in names}


def _short(name: str) -> str:
    return name.removeprefix(PREFIX)
