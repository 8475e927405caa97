"""What must be true of people, packages and other endpoints once everything is at rest."""

import re

from penstock.domain.execution import announcements as words
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.record import ReleaseRecord
from tests.soak.account import Account
from tests.soak.forward import approved_before, plan_of

TELLS: dict[str, tuple[type[words.Announcement], ...]] = {
    "promoted": (words.ReleasePromoted,),
    "observed": (words.ReleaseObserved,),
    "rolled_back": (words.ReleaseRolledBack, words.RollbackDone),
    "superseded": (words.ReleaseSuperseded,),
    "refused": (words.ReleaseRefused,),
    "needs_attention": (words.AttentionNeeded,),
}
"""How a record ended: what people were told of it."""
EXPIRED = re.compile(r"\d of \d approved at (\w+) within \d+ h")


def everybody_knows(account: Account) -> None:
    """Each ending was told, nobody's time ran out who was not asked, and no word is left."""
    said = {(word.release_id, type(word)) for word in account.announcer.said}
    asked = {
        (word.release_id, word.gate)
        for word in account.announcer.said
        if isinstance(word, words.ApprovalNeeded)
    }
    for name in account.ledger.endpoints:
        untold = account.ledger.peek(name).untold
        assert not untold, f"words: {name} owes {untold}"
        for record in account.ledger.peek_records(name):
            _told(record, said)
            late = EXPIRED.search(record.reason or "")
            if late and record.state == "rolled_back":
                told = (record.release, late.group(1)) in asked
                assert told, f"gates: nobody was asked about {record.release}: {record.reason}"


def _told(record: ReleaseRecord, said: set[tuple[str | None, type[words.Announcement]]]) -> None:
    kinds = TELLS.get(record.state, ())
    told = any((record.release, kind) in said for kind in kinds)
    assert told or not kinds, f"words: nobody heard that {record.release} ended {record.state}"


def nothing_rehearses(account: Account) -> None:
    """No rehearsal endpoint outlives its release."""
    left = [name for name in account.cloud.endpoints if naming.REHEARSAL in name]
    known = [account.ledger.peek(name).rehearsals for name in account.ledger.endpoints]
    assert not left, f"rehearsal: left behind: {left}"
    assert not any(known), f"rehearsal: the ledger still has {known}"


def no_alarm_is_left(account: Account) -> None:
    """What a release made to be stopped by goes with it, unless a person was to look: then the
    next one clears up.
    """
    for name in account.ledger.endpoints:
        gate = account.ledger.peek(name)
        ended = [r for r in account.ledger.peek_records(name) if r.state != "refused"]
        last = max(ended, key=lambda record: record.ended_at or 0, default=None)
        stopped = gate.attention or gate.drift or (last and last.state == "needs_attention")
        own = {each for each in account.alarms.names if each.startswith(f"penstock-{name}-")}
        assert stopped or not own, f"alarms: left behind: {own}"


def stages_are_right(account: Account) -> None:
    """No package is said to be in a release, none that serves to be gone, and nothing is owed.

    Releases by a policy without stages leave them as they are, and so does one endpoint what
    another one serves.
    """
    gates = [account.ledger.peek(name) for name in account.ledger.endpoints]
    for gate in gates:
        assert not gate.stages, f"stages: {gate.endpoint} owes {gate.stages}"
    serving = {gate.serving for gate in gates}
    for package in account.registry.packages.values():
        if package.life is None:
            continue
        life, arn = package.life, package.arn
        assert life.status != "InProgress", f"stages: no release is under way of {arn}: {life}"
        knowing = [gate for gate in gates if _knows(account, gate, arn)]
        told = len(knowing) == 1 and _always_told(account, knowing[0].endpoint)
        active = life.status == "Active"
        assert active is (arn in serving) or not told, f"stages: {arn} is {life}, {serving} serve"


def _always_told(account: Account, endpoint: str) -> bool:
    """Whether every release wrote stages, but for the first, with which all histories begin.

    Of what a person replaced, nobody knows since when it does not serve.
    """
    if endpoint in account.memory.touched:
        return False
    releases = [record.release for record in account.ledger.peek_records(endpoint)[:-1]]
    plans = (plan_of(account, endpoint, release) for release in releases)
    return all(plan is None or plan.policy.lifecycle for plan in plans)


def _knows(account: Account, gate: Gate, package: str) -> bool:
    records = account.ledger.peek_records(gate.endpoint)
    return gate.serving == package or any(record.package == package for record in records)


def revocations_are_followed(account: Account) -> None:
    """A package that was rejected goes where its policy says and something is left to go back to.

    Where it keeps serving, people were told.
    """
    for name in account.ledger.endpoints:
        gate = account.ledger.peek(name)
        package = account.registry.packages.get(gate.serving or "")
        if package is None or package.approval != "Rejected":
            continue
        noted = gate.revoked
        assert noted, f"revocation: nobody noticed that {package.arn} was rejected"
        assert noted.package == package.arn, f"revocation: {noted} is not about {package.arn}"
        if noted.goes_back and not (gate.attention or gate.drift):
            earlier = approved_before(account, gate)
            assert not earlier, f"revocation: {package.arn} keeps serving, {earlier} could"
        told = any(
            isinstance(word, words.AttentionNeeded)
            and word.model_package_arn == package.arn
            and "was revoked" in word.reason
            for word in account.announcer.said
        )
        assert told or noted.goes_back, f"revocation: nobody heard that {package.arn} serves"
