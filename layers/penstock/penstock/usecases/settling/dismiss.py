"""Delete rehearsal endpoints, at the end of a release or afterwards at rest."""

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain import protocol
from penstock.domain.errors import Missing, PenstockError, Unanswered, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Declined, Gate, Rehearsal
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.ports.serving import Endpoints, Serving
from penstock.usecases.moving.beside import APPEARS_WITHIN_MS, made_by_us


class Dismissed(NamedTuple):
    """The rehearsal endpoints that are left, and what is to be said of them.

    `pending` says why one of them is about to be gone, or can be deleted soon. `refused` are those
    whose deletion was refused, with reasons that people do not know yet.
    """

    left: tuple[Rehearsal, ...] = ()
    pending: str | None = None
    refused: tuple[Rehearsal, ...] = ()


class _Tried(NamedTuple):
    """After one try: `there` says whether the endpoint may still exist."""

    there: bool
    pending: str | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Dismiss:
    """Deletes the rehearsal endpoints that the gate names, where a release made them.

    Its caller holds the lock, writes what is left and publishes it. No ending waits for a deletion
    that is refused; the sweep tries again.
    """

    endpoints: Endpoints
    serving: Serving
    announcer: Announcer
    ledger: Ledger
    clock: Clock

    def __call__(self, gate: Gate, *, seen: bool = False) -> Dismissed:
        """Try each once. `seen`: an earlier try of the same end found one, so none is too new.

        Raises:
            Unanswered: A deletion may still take effect, so the lock must not be released.
        """
        tried = [(each, self._try(gate, each.endpoint, seen=seen)) for each in gate.rehearsals]
        return Dismissed(
            left=tuple(each for each, result in tried if result.there),
            pending=next((result.pending for _, result in tried if result.pending), None),
            refused=tuple(
                each.refused_for(result.refused)
                for each, result in tried
                if result.refused and result.refused != each.refused
            ),
        )

    def _try(self, gate: Gate, endpoint: str, *, seen: bool) -> _Tried:
        """One that SageMaker does not show yet is looked at again by the sweep."""
        later = f"the rehearsal endpoint {endpoint} is not deleted yet"
        try:
            view = self.endpoints.look(endpoint)
        except Unavailable:
            return _Tried(there=True, pending=later)
        except PenstockError as error:
            return _Tried(there=True, refused=str(error))
        if view is None:
            new = self.clock.now() < gate.started_at + APPEARS_WITHIN_MS
            return _Tried(there=new and not seen)
        if made_by_us(endpoint, view) is None:
            return _Tried(there=False)
        if view.passing or view.status == "Deleting":
            return _Tried(there=True, pending=f"{later}: it is {view.status}")
        return self._delete(endpoint, view, later)

    def _delete(self, endpoint: str, view: EndpointView, later: str) -> _Tried:
        try:
            self.serving.remove(endpoint, view.content)
        except Missing:
            return _Tried(there=False)
        except Unanswered:
            raise
        except Unavailable as error:
            return _Tried(there=True, pending=f"{later}: {error}")
        except PenstockError as error:
            return _Tried(there=True, refused=str(error))
        return _Tried(there=True, pending=later)

    def tell(self, gate: Gate, dismissed: Dismissed) -> None:
        """Notify people, after the lock is released. `gate` is as the end left it.

        If this is not noted, they are notified again.
        """
        known = {each.endpoint: each for each in dismissed.refused if self._tell(gate, each)}
        if known:
            noted = tuple(known.get(each.endpoint, each) for each in gate.rehearsals)
            with suppress(Declined):  # claimed meanwhile: that release deletes it
                self.ledger.write(gate.key, protocol.note_undeleted(gate, noted))

    def _tell(self, gate: Gate, left: Rehearsal) -> bool:
        return self.announcer.announce(
            AttentionNeeded(
                release_id=gate.release,
                endpoint=gate.endpoint,
                model_package_arn=gate.package,
                reason=f"the rehearsal endpoint {left.endpoint} still runs: {left.refused}",
                advice="Penstock tries again with every sweep. To delete it by hand, see"
                ' "Rehearsal" in the runbook',
            )
        )
