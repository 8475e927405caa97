"""UpdateRollbackFailed is repaired by one more UpdateEndpoint, to what is gone back to."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Busy, NoCapacity, PenstockError, RefusedByAws, Unavailable
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.incidents import Repair
from penstock.ports import Ledger, Serving
from penstock.usecases.moving.act import Acted, Sight


@dataclass(frozen=True)
class Repairs:
    """What was tried is noted on the gate, so that no death doubles the update or loses a try."""

    ledger: Ledger
    serving: Serving

    def __call__(
        self, sight: Sight, view: EndpointView, back_to: Content
    ) -> Acted | Callable[[], None]:
        """The next call against it, or that it is a person's now.

        Whether SageMaker takes new weights in this state is not documented: they are asked
        until it takes or refuses them, because they act in a minute or two, and the update takes a
        new fleet's time.
        """
        gate, tried = sight.gate, sight.gate.repair or Repair()
        if tried.over(view.modified):
            return Acted("empty", _in_vain(view, tried))
        if view.content.shape == "staging" and not tried.shares:
            restored = view.content.restored().of_kind(back_to.kind)
            return lambda: self._restore(gate, tried, restored)
        return lambda: self._update(gate, tried, view.modified, back_to)

    def _restore(self, gate: Gate, tried: Repair, restored: Content) -> None:
        """Noted once SageMaker answered: made twice, it doubles nothing; lost, it would let the
        configuration go back under requests (S10).
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
        """A refusal for good spends the try; what may pass (throttling, capacity) does not."""
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
    """Whether a resting endpoint is in UpdateRollbackFailed on what the ledger knows as its own."""
    if view is None or not view.repairable or gate.content is None or gate.drift:
        return False
    known = any(view.content.same(content) for content in (gate.content, gate.previous))
    return known or (view.content.staged(gate.endpoint) and view.content.several)


def _passes(error: PenstockError) -> bool:
    """Whether it says nothing of the call itself. Busy may be how weights are not taken at all."""
    return isinstance(error, Unavailable) and not isinstance(error, Busy | NoCapacity)


def _in_vain(view: EndpointView, tried: Repair) -> str:
    if tried.refused:
        return (
            f"{view.condition}; the update that should have repaired it was refused: "
            f"{tried.refused}"
        )
    return f"{view.condition}; one more update did not repair it"
