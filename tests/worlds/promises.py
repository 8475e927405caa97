"""The protocol's promises (section 8), checked at every change of SageMaker, and at rest."""

from collections.abc import Callable

from penstock.domain.execution.announcements import Announcement
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE, TOLERANCE
from penstock.domain.ledger.record import ReleaseRecord
from tests.fakes.alarms import FakeAlarms
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.fleets import Change
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire

ENDPOINT = "churn"


def rules(
    ledger: FakeLedger, cloud: FakeCloud, clock: FakeClock, wire: Wire
) -> list[Callable[[Change], None]]:
    """What no accepted call may break."""

    def nothing_in_use_is_deleted(change: Change) -> None:
        if change.call == "delete_config":
            gates = [ledger.peek(name) for name in ledger.endpoints]
            spoken = {c.name for g in gates for c in (g.content, g.previous, g.target) if c}
            assert change.subject not in cloud.used(), f"S5: {change.subject} serves"
            assert change.subject not in spoken, f"S5: {change.subject} may be needed"
        if change.call == "delete_model":
            ours = cloud.made | cloud.used()  # an idle configuration of a person's is not looked at
            naming = [c for c in cloud.configs if c in ours and change.subject in cloud.named(c)]
            assert not naming, f"S5: the model {change.subject} is named by {naming}"

    def a_person_is_respected(change: Change) -> None:
        edited, gate = cloud.edited.get(change.endpoint, -1), ledger.peek(change.endpoint)
        if edited < 0 or change.found is None:
            return
        found = change.found.content
        if not found.same(cloud.theirs[change.endpoint]):
            return  # what is there now came later
        known = any(found.same(content) for content in (gate.content, gate.previous, gate.target))
        record = ledger.peek_record(change.endpoint, gate.release) if gate.release else None
        made = record and record.planned and found.same(record.planned.final)
        if known or made or naming.is_on_the_way(change.endpoint, found.name):
            return  # an edit that looks like our own doing (N4)
        assert edited > wire.current.looked, f"S7: {change} over a person's {change.found.config}"

    return [
        inside_the_lock(ledger, clock, wire),
        nothing_in_use_is_deleted,
        a_person_is_respected,
        rehearsals_are_known(ledger, cloud),
        weights_first(ledger, cloud),
    ]


def weights_first(ledger: FakeLedger, cloud: FakeCloud) -> Callable[[Change], None]:
    """S10: the configuration goes back after the shares, wherever shares can be changed."""

    def check(change: Change) -> None:
        gate = ledger.peek(change.endpoint)
        if change.call != "update" or change.found is None or gate.previous is None:
            return
        if gate.repair and gate.repair.shares and cloud.endpoints[change.endpoint].broken:
            return  # UpdateRollbackFailed: weights were tried, and did not suffice
        harmed = change.found.content.share(CANDIDATE) > TOLERANCE
        assert not (harmed and change.subject == gate.previous.name), f"S10: {change}"

    return check


def inside_the_lock(ledger: FakeLedger, clock: FakeClock, wire: Wire) -> Callable[[Change], None]:
    """S1: every call is made by the instance that holds the lock."""

    def check(change: Change) -> None:
        place = _place(ledger, change) or wire.current.endpoint or ENDPOINT
        gate = ledger.peek(place)
        held = gate.lock is not None and gate.lock_until >= clock.now()
        assert held, f"S1: {change} outside any lock"
        own = (wire.current.endpoint, wire.current.lock)
        assert (gate.endpoint, gate.lock) == own, f"S1: {change} inside another instance's lock"

    return check


def _place(ledger: FakeLedger, change: Change) -> str:
    """The endpoint that a change is about; a rehearsal endpoint is another one's."""
    rehearsed = [
        name
        for name in ledger.endpoints
        if change.endpoint in {each.endpoint for each in ledger.peek(name).rehearsals}
    ]
    return rehearsed[0] if rehearsed else change.endpoint


def rehearsals_are_known(ledger: FakeLedger, cloud: FakeCloud) -> Callable[[Change], None]:
    """A rehearsal endpoint is in the ledger before it is created, and nobody else's is deleted."""

    def check(change: Change) -> None:
        place = _place(ledger, change)
        if change.call == "create_endpoint" and naming.REHEARSAL in change.endpoint:
            assert place != change.endpoint, f"{change}: the ledger does not know of it"
        if change.call == "delete_endpoint" and change.found:
            assert change.found.config in cloud.made, f"{change}: Penstock did not make it"

    return check


def outside_the_lock(
    ledger: FakeLedger, clock: FakeClock, wire: Wire
) -> Callable[[Announcement], None]:
    """Nothing is published while a lock is held, because a slow bus would use up its 90 seconds."""

    def check(announcement: Announcement) -> None:
        gate = ledger.peek(wire.current.endpoint or ENDPOINT)
        held = gate.lock is not None and gate.lock_until >= clock.now()
        own = held and gate.lock == wire.current.lock
        assert not own, f"announced inside the lock: {announcement.detail_type}"

    return check


def at_known_rest(
    ledger: FakeLedger, cloud: FakeCloud, alarms: FakeAlarms, *, keeps: int = 5
) -> None:
    """S2, and that nothing is left behind: what there is can be explained from the ledger."""
    gate, view = ledger.peek(ENDPOINT), cloud.shown(ENDPOINT)
    assert gate.at_rest, gate
    assert (gate.lock, gate.halt, gate.step) == (None, None, None), gate
    assert gate.suspension is None, gate
    assert not gate.rehearsals, gate
    rehearsing = [name for name in cloud.endpoints if naming.REHEARSAL in name]
    assert not rehearsing, f"left behind: {rehearsing}"
    explained = gate.attention or gate.drift
    if gate.content is None:
        assert view is None or explained, view
    else:
        assert view is not None or explained
    if view is not None and not explained:
        assert view.in_service, view
        assert view.content.same(gate.content), (view.content, gate)
        expected = "restored" if gate.tidy == "pending" else "stable"
        assert view.content.shape == expected, gate
    nothing_left(ledger, cloud, alarms, keeps=keeps, explained_by_records=True)


def nothing_left(
    ledger: FakeLedger,
    cloud: FakeCloud,
    alarms: FakeAlarms,
    *,
    keeps: int = 5,
    explained_by_records: bool = False,
) -> None:
    """What was made is deleted, but for the last known-good releases; or it is known to whom."""
    gate = ledger.peek(ENDPOINT)
    good = [r.content for r in ledger.peek_records(ENDPOINT) if r.state == "promoted"][:keeps]
    spoken = [c.name for c in (*good, gate.content, gate.previous) if c]
    known = {*spoken, *gate.leftovers, *cloud.used()}
    records = ledger.peek_records(ENDPOINT) if explained_by_records else []
    to_come = [r.planned for r in records if _to_come(r) and r.planned]
    ours = {c for c in cloud.configs if c.startswith(f"{ENDPOINT}-")}
    left = ours - known - {name for planned in to_come for name in planned.configs}
    assert not left, f"left behind: {left}"
    named = {model for config in cloud.configs for model in cloud.named(config)}
    unnamed = set(cloud.models) - named - {planned.model for planned in to_come}
    assert not unnamed, f"left behind: {unnamed}"
    own = {name for name in alarms.names if name.startswith("penstock-")}
    stopped = gate.attention or gate.drift  # a person may want to see them; the next release clears
    assert stopped or not own, f"left behind: {own}"


def _to_come(record: ReleaseRecord) -> bool:
    """It ended without a Settle, or deletions were refused: the next Settle cleans up."""
    return record.ended and not record.retired and record.state != "promoted"
