"""The transactional outbox: outcomes that the ledger has decided and nobody has published yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.domain import protocol
from penstock.domain.execution.announcements import (
    Announcement,
    AttentionNeeded,
    EndpointDrifted,
    ReleaseObserved,
    ReleasePromoted,
    ReleaseRefused,
    ReleaseRolledBack,
    ReleaseSuperseded,
    RollbackDone,
    Tidy,
)
from penstock.domain.ledger.gate import Declined, Gate
from penstock.domain.ledger.place import Key
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.usecases.telling.answers import seen
from penstock.usecases.telling.quarantine import quarantine_of

if TYPE_CHECKING:
    from penstock.domain.ledger.record import ReleaseRecord

ADVICE = 'see "Blocked" in the runbook, then start a rollback or a release with "adopt": true'

REVOKED_ADVICE = (
    'see "A package that serves was rejected" in the runbook: start a rollback, release an '
    "approved package, or approve this one again"
)


@dataclass(frozen=True)
class Outbox:
    """Publishes the outbox at least once. An entry is removed after it was published, never
    before.
    """

    ledger: Ledger
    announcer: Announcer

    def __call__(self, gate: Gate) -> None:
        """Publish every entry of the gate's outbox."""
        self._forget(gate, [word for word in gate.untold if self._say(gate, word)])

    def _say(self, gate: Gate, word: str) -> bool:
        """Publish one entry, and return whether all of it worked."""
        said = self._announcements(gate, word)
        return all(self.announcer.announce(announcement) for announcement in said)

    def told(self, key: Key, release: str | None) -> None:
        """Remove the entry of a release whose ending was published elsewhere."""
        self._forget(self.ledger.gate(key), {release or ""})

    def _forget(self, gate: Gate, words: Collection[str]) -> None:
        """Remove entries. If another writer comes between, they stay and are published again."""
        if set(words) & set(gate.untold):
            with suppress(Declined):
                self.ledger.write(gate.key, protocol.told(gate, words))

    def _announcements(self, gate: Gate, word: str) -> Iterator[Announcement]:
        if word == "drift":
            if gate.drift:
                yield EndpointDrifted(**_about(gate, gate.drift))
        elif word == "attention":
            if why := gate.attention or gate.drift:
                yield AttentionNeeded(**_about(gate, why), advice=ADVICE)
        elif word == protocol.REVOKED:
            yield from _revoked(gate)
        elif record := self.ledger.record(gate.key, word):
            yield from _end(gate, record)
            yield from quarantine_of(gate.endpoint, record)


def _revoked(gate: Gate) -> Iterator[Announcement]:
    """That a package keeps serving although it was rejected. Empty once that is over."""
    if gate.revoked and gate.revoked.says:
        yield AttentionNeeded(
            endpoint=gate.endpoint,
            model_package_arn=gate.revoked.package,
            reason=gate.revoked.says,
            advice=REVOKED_ADVICE,
        )


def _about(gate: Gate, reason: str) -> dict[str, Any]:
    return {
        "endpoint": gate.endpoint,
        "release_id": gate.release,
        "model_package_arn": gate.package,
        "reason": reason,
    }


def _end(gate: Gate, record: ReleaseRecord) -> Iterator[Announcement]:
    """The announcement of a release's ending. The serving package is known unless another
    release followed.
    """
    last = gate.release == record.release
    live = gate.serving if last else None
    tidy: Tidy = "pending" if last and gate.tidy else "done"
    about: dict[str, Any] = {
        "endpoint": gate.endpoint,
        "release_id": record.release,
        "model_package_arn": record.package or None,
        "reason": record.reason or f"the release ended as {record.state.replace('_', ' ')}",
    }
    ended = about | {"answers": seen(record.answers)}
    match record.state:
        case "promoted":
            yield ReleasePromoted(**ended)
        case "rolled_back" if last and record.package == (gate.serving or ""):
            yield RollbackDone(**about, live_model_package_arn=live, tidy=tidy)
        case "rolled_back":
            yield ReleaseRolledBack(**ended, live_model_package_arn=live, tidy=tidy)
        case "observed":
            yield ReleaseObserved(**ended, live_model_package_arn=live, tidy=tidy)
        case "superseded":
            yield ReleaseSuperseded(
                **ended,
                newer_model_package_arn=gate.wanted,
                live_model_package_arn=live,
                tidy=tidy,
            )
        case "refused":
            yield ReleaseRefused(**about)
        case "needs_attention":
            yield AttentionNeeded(**about, advice=ADVICE)
