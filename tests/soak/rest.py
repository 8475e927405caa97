"""The end of a history: faults stop, the sweep goes on, and everything comes to a known rest."""

from penstock.domain.execution.announcements import PackageQuarantined
from penstock.domain.kinds.endpoint import BEYOND_UPDATES
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.record import ReleaseRecord
from penstock.domain.reviewing.package import Package
from tests.soak.account import ENDPOINTS, OWNER_SUSPENDED, SCALED, Account
from tests.soak.ended import (
    everybody_knows,
    no_alarm_is_left,
    nothing_rehearses,
    revocations_are_followed,
    stages_are_right,
)
from tests.soak.people import People

BUSY_SWEEPS = 400
"""Four days of sweeps: so long an approval may wait for an A/B test without data, and for another
chance because its first execution died without a trace.
"""


def settle(account: Account) -> None:
    """No more faults and no more events: from here on rest has to be reached.

    In every other history people answer whatever they are asked; in the others nobody does.
    """
    account.cloud.faults.clear()
    account.wire.calm()
    account.cloud.undone_until = 0
    account.thaw()
    account.bus.waiting.clear()
    for name in account.alarms.names:
        account.alarms.put(name, "OK")
    calm, people = 0, People(account) if len(account.all) % 2 else None
    for _ in range(BUSY_SWEEPS):
        begun = len(account.all)
        _until_sweep(account)
        if people:
            people.answer_all()
        account.deliver_all()
        quiet = not any(e.running for e in account.all) and len(account.all) == begun
        calm = calm + 1 if quiet and not _waits(account) and not _undecided(account) else 0
        if calm > 1:
            return
    if forgotten := _undecided(account):
        raise AssertionError(f"S9: nobody decided about {forgotten}")
    busy = [(e.arn, e.state) for e in account.all if e.running]
    raise AssertionError(f"S6: no rest in four days: {busy}, swept: {account.swept}")


def _until_sweep(account: Account) -> None:
    sweep = account.next_sweep
    while account.next_sweep == sweep:
        account.happen()


def _waits(account: Account) -> bool:
    gates = [account.ledger.peek(name) for name in account.ledger.endpoints]
    views = [account.cloud.shown(name) for name in account.ledger.endpoints]
    changing = any(v and not v.in_service and v.status not in BEYOND_UPDATES for v in views)
    waits = any(g.tidy == "pending" and not (g.drift or g.attention) for g in gates)
    return changing or waits or any(g.rehearsals for g in gates)


def at_rest(account: Account) -> None:
    """S2, S6, S9, and that what is there can be explained."""
    for name in account.ledger.endpoints:
        _endpoint(account, account.ledger.peek(name))
    everybody_knows(account)
    nothing_rehearses(account)
    no_alarm_is_left(account)
    stages_are_right(account)
    revocations_are_followed(account)
    said = {w.release_id for w in account.announcer.said if isinstance(w, PackageQuarantined)}
    records = [r for name in account.ledger.endpoints for r in account.ledger.peek_records(name)]
    silent = [r.release for r in records if r.quarantined and r.ended and r.release not in said]
    assert not silent, f"words: nobody heard of the quarantine of {silent}"
    for group in SCALED:
        suspended = account.scaling.targets[ENDPOINTS[group], "live"].scale_in
        assert suspended is (group == OWNER_SUSPENDED), f"promise 7: {group}: {suspended}"


def _endpoint(account: Account, gate: Gate) -> None:
    assert gate.at_rest, f"S6: {gate.endpoint} is held for ever"
    # A clean-up that died leaves a lock that has ended; the next claim or clean-up overwrites it.
    assert gate.lock_free(account.clock.now()), f"S2: {gate}"
    assert (gate.halt, gate.step) == (None, None), f"S2: {gate}"
    explained = gate.attention or gate.drift
    view = account.cloud.shown(gate.endpoint)
    touched = gate.endpoint in account.memory.touched
    if gate.content is None:
        assert view is None or explained or touched, f"S2: nothing was released, there is {view}"
    elif not explained:
        assert view, f"S2: {gate.endpoint} is gone"
        assert view.in_service, f"S2: {view}"
        assert view.content.same(gate.content), f"S2: {view.content} is there, not {gate.content}"
    undecided = gate.wanted is not None and (gate.wanted_at or 0) > (gate.latest or 0)
    forgotten = undecided and not _no_policy(account, str(gate.wanted))
    told = any(said.model_package_arn == gate.wanted for said in account.announcer.said)
    assert explained or told or not forgotten, f"S9: {gate.wanted} is wanted and forgotten"


def _undecided(account: Account) -> list[str]:
    """Newest approved packages that were not decided about, and nobody was told why."""
    newest = [account.registry.newest_approved(group) for group in ENDPOINTS]
    return [package.arn for package in newest if package and not _decided(account, package)]


def _decided(account: Account, newest: Package) -> bool:
    gates = [account.ledger.peek(name) for name in account.ledger.endpoints]
    served = any(newest.arn in {gate.serving, gate.package} for gate in gates)
    served = served or any(newest.arn == waits for gate in gates for waits, _ in gate.waiting)
    records = [r for g in gates for r in account.ledger.peek_records(g.endpoint)]
    decided = any(r.package == newest.arn and r.ended for r in records)
    told = any(said.model_package_arn == newest.arn for said in account.announcer.said)
    return (
        served or decided or told or _no_policy(account, newest.arn) or _older(records, newest.arn)
    )


def _no_policy(account: Account, arn: str) -> bool:
    """Of a group that has no policy (any more) Penstock says nothing; of one whose policy cannot
    be read it says that the group is left out."""
    group = arn.rsplit("/", 2)[1]
    feeder = account.policies.endpoints().get(group)
    if feeder is None:
        return True
    said = f"The group {group} is left out"
    told = any(said in each.reason for each in account.announcer.said)
    return feeder.endpoint is None and told


def _older(records: list[ReleaseRecord], arn: str) -> bool:
    """A higher version serves: going back is by hand only."""
    group, version = arn.rsplit("/", 2)[1:]
    promoted = [r.package for r in records if r.state == "promoted" and f"/{group}/" in r.package]
    return any(int(package.rsplit("/", 1)[1]) > int(version) for package in promoted)
