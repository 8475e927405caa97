"""The ledger in memory: a gate write is data, and this evaluates it as DynamoDB would."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from penstock.adapters.expressions import deserialize, serialize
from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import (
    NEXT_FENCE,
    AnyOf,
    Condition,
    Declined,
    Gate,
    GateWrite,
    Predicate,
    read_gate,
)
from penstock.domain.ledger.place import Key, known_place, place_of
from penstock.domain.ledger.pointers import GatePointer, gate_pointers, pointers
from penstock.domain.ledger.record import ReleaseRecord, read_record
from penstock.domain.usage import Use
from tests.fakes.wire import Wire

Item = dict[str, Any]


class FakeLedger:
    """Ledger; values go through DynamoDB's types and back, so none is kept that it would lose."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self.history: list[GateWrite] = []
        self._gates: dict[str, Item] = {}
        self._read: dict[str, Gate] = {}
        self._records: dict[tuple[str, str], Item] = {}
        self._uses: dict[str, Use] = {}
        self._pointing: dict[GatePointer, dict[str, Key]] = {}
        self._read_records: dict[tuple[str, str], ReleaseRecord] = {}

    def gate(self, key: str) -> Gate:
        return self.wire("ledger.gate", lambda: self.peek(key))

    def peek(self, key: str) -> Gate:
        """The gate, read by the test itself."""
        item, stored = self._gates.get(_stored(key)), _stored(key)
        if item is None:
            return Gate(endpoint=Key(key))
        if stored not in self._read:
            self._read[stored] = read_gate(Key(key), item)
        return self._read[stored]

    def lose(self, key: str) -> None:
        """Somebody deletes the gate; the releases stay."""
        self._gates.pop(_stored(key), None)
        self._read.pop(_stored(key), None)

    def hold(self, key: Key, gate: Item, records: Mapping[str, Item]) -> None:
        """What somebody else's version wrote: the gate, and the endpoint's records by release."""
        self._gates[_stored(key)] = dict(gate)
        self._read.clear()
        self._read_records.clear()
        self._records = {(_stored(key), name): dict(item) for name, item in records.items()}

    def forget_pointers(self) -> None:
        """As if the version before had written every gate."""
        self._pointing.clear()

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every endpoint that was ever written to, read by the test itself."""
        return tuple(str(item["endpoint"]) for item in self._gates.values())

    def write(self, key: str, write: GateWrite) -> Gate:
        return self.wire("ledger.write", lambda: self._write(key, write), writes=True)

    def record(self, key: str, release: str) -> ReleaseRecord | None:
        return self.wire("ledger.record", lambda: self.peek_record(key, release))

    def peek_record(self, key: str, release: str) -> ReleaseRecord | None:
        where = (_stored(key), release)
        if where not in self._records:
            return None
        if where not in self._read_records:
            self._read_records[where] = read_record(release, self._records[where])
        return self._read_records[where]

    def records(self, key: str) -> list[ReleaseRecord]:
        return self.wire("ledger.records", lambda: self.peek_records(key))

    def peek_records(self, key: str) -> list[ReleaseRecord]:
        names = [release for stored, release in self._records if stored == _stored(key)]
        found = [self.peek_record(key, release) for release in names]
        return sorted((r for r in found if r), key=lambda r: r.approved_at, reverse=True)

    def gates(self) -> list[Gate]:
        return self.wire("ledger.gates", lambda: [self.peek(key) for key in self._places])

    def keys(self) -> list[Key]:
        return self.wire("ledger.keys", lambda: [Key(key) for key in self.endpoints])

    def watching(self, alarm: str) -> list[Key]:
        return self._found("ledger.watching", GatePointer("alarm", alarm))

    def of_package(self, arn: str) -> list[Key]:
        return self._found("ledger.of_package", GatePointer("package", arn))

    def point_to(self, gate: Gate) -> None:
        self.wire("ledger.point_to", lambda: self._point(gate.key, gate_pointers(gate)))

    def seen(self) -> Mapping[str, Use]:
        return self.wire("ledger.seen", lambda: dict(self._uses))

    def saw(self, uses: Mapping[str, Use]) -> None:
        self.wire("ledger.saw", lambda: self._uses.update(uses))

    def whole_gates(self) -> list[Gate]:
        return self.wire("ledger.whole_gates", lambda: [self.peek(key) for key in self.endpoints])

    def live_metrics(self, key: str) -> Mapping[str, object] | None:
        gate = self.gate(key)
        if gate.content is None:
            return None
        same = (r for r in self.records(key) if gate.content.same(r.content))
        return next((record.reports for record in same), {})

    def _write(self, key: str, write: GateWrite) -> Gate:
        before = self._gates.get(_stored(key), {})
        if not all(_holds(condition, before) for condition in write.conditions):
            raise Declined(self.peek(key))
        after = {**_applied(write, before), "endpoint": key}
        self._gates[_stored(key)] = after
        self._read.pop(_stored(key), None)
        self._point(key, pointers(write))
        for release, attributes in write.records.items():
            self._keep(key, release, attributes)
        self.history.append(write)
        if write.assign.get("lock") is NEXT_FENCE:
            self.wire.current.lock = int(after["fence"])
            self.wire.current.endpoint = key
        return self.peek(key)

    @property
    def _places(self) -> list[str]:
        return [key for key in self.endpoints if known_place(Key(key))]

    def _point(self, key: str, found_by: tuple[GatePointer, ...]) -> None:
        for pointer in found_by:
            self._pointing.setdefault(pointer, {})[_folded(key)] = Key(key)

    def _found(self, call: str, pointer: GatePointer) -> list[Key]:
        """As DynamoDB has them, in the order of their sort keys."""
        pointing = self._pointing.get(pointer, {})
        return self.wire(call, lambda: [pointing[folded] for folded in sorted(pointing)])

    def _keep(self, key: str, release: str, attributes: Mapping[str, Any]) -> None:
        given = {name: _kept(value) for name, value in attributes.items() if value is not None}
        item = self._records.setdefault((_stored(key), release), {})
        item.update(given)
        self._read_records.pop((_stored(key), release), None)


@cache
def _stored(key: str) -> str:
    if not known_place(Key(key)):
        raise Damaged(f"{key} names no place")
    return place_of(Key(key)).stored


@cache
def _folded(key: str) -> str:
    return place_of(Key(key)).folded.key


def _applied(write: GateWrite, before: Item) -> Item:
    """Operands are read before the update: lock and fence get the same number."""
    fence = int(before.get("fence", 0)) + 1
    assign = {n: fence if v is NEXT_FENCE else _kept(v) for n, v in write.assign.items()}
    once = {n: _kept(v) for n, v in write.assign_once.items() if n not in before}
    counted = {"fence": fence} if write.counts else {}
    touched = [*assign, *write.assign_once, *counted, *write.remove]
    if len(set(touched)) < len(touched):
        raise ValueError(f"DynamoDB refuses two changes of one attribute: {sorted(touched)}")
    kept = {name: value for name, value in before.items() if name not in write.remove}
    return {**kept, **assign, **once, **counted}


def _holds(condition: Condition, item: Item) -> bool:
    if isinstance(condition, AnyOf):
        return any(_test(test, item) for test in condition.predicates)
    return _test(condition, item)


def _test(test: Predicate, item: Item) -> bool:
    """A comparison with an attribute that is not there is false, whatever the operator."""
    there = test.attribute in item
    if test.operator in {"absent", "present"}:
        return there is (test.operator == "present")
    if not there:
        return False
    left, right = item[test.attribute], _kept(test.value)
    match test.operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case _:
            return bool(left == right)


def _kept(value: Any) -> Any:
    if isinstance(value, int | str):
        return value  # these are what they were
    return deserialize({"value": serialize(value)})["value"]
