"""Repair UpdateRollbackFailed by one more UpdateEndpoint to the content to go back to."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Busy, NoCapacity, PenstockError, RefusedByAws, Unavailable
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.incidents import Repair
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Serving
from penstock.usecases.moving.act import Acted, Snapshot


@dataclass(frozen=True)
class Repairs:
    """Notes each attempt on the gate, so that no death repeats the update or loses an attempt."""

    ledger: Ledger
    serving: Serving

    def __call__(
        self, snapshot: Snapshot, view: EndpointView, back_to: Content, kind: str
    ) -> Acted | Callable[[], None]:
        """The next call, or that a person is needed.

        Whether SageMaker accepts new weights in this state is not documented. They are requested
        until it accepts or refuses them, because they take a minute or two and the update takes a
        new fleet's time.
        """
        gate, tried = snapshot.gate, snapshot.gate.repair or Repair()
        if tried.over(view.modified):
            return Acted("empty", _in_vain(view, tried))
        if view.content.shape == "staging" and not tried.shares:
            restored = view.content.restored().of_kind(kind)
            return lambda: self._restore(gate, tried, restored)
        return lambda: self._update(gate, tried, view.modified, back_to)

    def _restore(self, gate: Gate, tried: Repair, restored: Content) -> None:
        """Noted after SageMaker's answer.

        A repeated call is harmless, but a lost note would let the configuration go back under
        requests (S10).
        """
        spent = tried.with_shares()
        try:
            self.serving.shift(gate.endpoint, restored)
        except PenstockError as error:
            if not _passes(error):
                self._note(gate, spent)
            raise
        self._note(gate, spent)

    def _update(self, gate: Gate, tried: Repair, modified: int, back_to: Content) -> None:
        """A permanent refusal uses up the attempt.

        A temporary one (throttling, capacity) does not.
        """
        trying = tried.begun(modified)
        self._note(gate, trying)
        try:
            self.serving.tidy(gate.endpoint, back_to)
        except RefusedByAws as error:
            self._note(gate, trying.refused_for(str(error)))
            raise
        self._note(gate, trying.accepted())

    def _note(self, gate: Gate, repair: Repair) -> None:
        self.ledger.write(gate.key, protocol.note_repair(gate.lock, repair))


def mendable(gate: Gate, view: EndpointView | None) -> bool:
    """Whether an endpoint at rest is in UpdateRollbackFailed on content that the ledger knows."""
    if view is None or not view.repairable or gate.content is None or gate.drift:
        return False
    known = any(view.content.same(content) for content in (gate.content, gate.previous))
    return known or (view.content.staged(gate.endpoint) and view.content.several)


def _passes(error: PenstockError) -> bool:
    """Whether an error is temporary. Busy is not: it may be how SageMaker refuses weights."""
    return isinstance(error, Unavailable) and not isinstance(error, Busy | NoCapacity)


def _in_vain(view: EndpointView, tried: Repair) -> str:
    if tried.refused:
        return (
            f"{view.condition}; the update that should have repaired it was refused: "
            f"{tried.refused}"
        )
    return f"{view.condition}; one more update did not repair it"
