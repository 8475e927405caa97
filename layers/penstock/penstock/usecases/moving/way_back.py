"""Decide the next call of a rollback: RESTORE or TIDY (R21)."""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain.errors import Missing
from penstock.domain.execution.progress import WaitProgress
from penstock.domain.execution.run import Run
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content, difference
from penstock.domain.ledger.gate import Gate
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.serving import Serving
from penstock.usecases.moving.act import BUSY_SECONDS, Acted, Snapshot
from penstock.usecases.moving.repair import Repairs

TIDY_FOR_MS = 6 * 3_600_000
"""TIDY is retried for six hours. Then the sweep continues with it."""


@dataclass(frozen=True)
class WayBack:
    """Decides inside the lock, from what the look shows."""

    ledger: Ledger
    serving: Serving
    clock: Clock

    def __call__(self, run: Run, snapshot: Snapshot) -> Acted | Callable[[], None]:
        """The call to make, or the result if there is none."""
        view, gate = snapshot
        if view is None:
            gone = gate.previous is None and gate.content is None
            return Acted("done") if gone else Acted("empty", f"{run.the_endpoint} is gone")
        if gate.previous is None:
            return self._nothing_before(run, view)
        if view.in_service and view.content.same(gate.previous):
            return Acted("done")
        if not (view.in_service or view.repairable):
            return Acted("empty", view.condition)
        if not self._ours(run, gate, view.content):
            return Acted("person", difference(view.content, gate.content))
        if view.repairable:
            kind = self._kind(run, gate.previous)
            return Repairs(self.ledger, self.serving)(snapshot, view, gate.previous, kind)
        return self._nearer(run, gate, view, gate.previous)

    def late(self, run: Run, waiting: WaitProgress) -> bool:
        """Whether TIDY was tried for long enough."""
        return run.waited(waiting, self.clock.now()) > TIDY_FOR_MS

    def _nearer(
        self, run: Run, gate: Gate, view: EndpointView, back_to: Content
    ) -> Acted | Callable[[], None]:
        """The shares first, then the configuration (R21)."""
        if view.content.shape == "staging":
            restored = view.content.restored().of_kind(self._kind(run, back_to))
            return lambda: self.serving.shift(run.the_endpoint, restored)
        if self._given_up(run, gate, view.content):
            return Acted("done")
        return lambda: self._tidy(run, back_to)

    def _kind(self, run: Run, back_to: Content) -> str:
        """The kind of a staging content: the release's, where its plan is known."""
        return run.planned.kind if run.planned else back_to.kind

    def _tidy(self, run: Run, back_to: Content) -> None:
        try:
            self.serving.tidy(run.the_endpoint, back_to)
        except Missing as error:
            gone = f"somebody deleted the configuration {back_to.name}, which the rollback needs"
            raise Missing(f"{gone}: {error}") from error

    def _nothing_before(self, run: Run, view: EndpointView) -> Acted | Callable[[], None]:
        """A first release: an endpoint that failed, or that missed its golden requests, is
        deleted. Another one that serves has nothing to go back to.
        """
        if not run.made(view.content.name):
            return Acted("done")  # a person's endpoint, which nobody adopted
        if view.status == "Deleting":
            return Acted("busy", "the endpoint is Deleting", BUSY_SECONDS)
        missed = view.in_service and run.why is not None and run.why.was_never_good
        if view.status == "Failed" or missed:
            shown = view.content.of_kind(run.the_plan.kind)
            return lambda: self.serving.remove(run.the_endpoint, shown)
        why = run.why.reason if run.why else "no reason given"
        first = f"{run.the_endpoint} serves its first package, so there is nothing to go back to"
        return Acted("empty", f"{why}; {first}")

    def _given_up(self, run: Run, gate: Gate, shown: Content) -> bool:
        """Whether to give TIDY up: it was tried for long enough, or something newer waits for the
        endpoint.

        It is never given up while users are not on the previous package.
        """
        if run.waiting is None or run.waiting.tries == 0 or run.goes_all_the_way:
            return False
        if shown.shape != "restored":
            return False
        return self.late(run, run.waiting) or gate.newer_wanted(run.approved_at)

    def _ours(self, run: Run, gate: Gate, shown: Content) -> bool:
        """Whether the content is a staging configuration of ours, or known to this release or
        the ledger (R10).
        """
        if shown.several:
            return shown.staged(run.the_endpoint)
        final = run.planned.final if run.planned else None
        if any(shown.same(known) for known in (final, gate.content, gate.previous)):
            return True
        return run.rolls_back_on_request and self._stuck(run, shown)

    def _stuck(self, run: Run, shown: Content) -> bool:
        """Whether an earlier release got stuck and blocked the endpoint."""
        records = self.ledger.records(run.the_key)
        stuck = (r.planned for r in records if r.state == "needs_attention" and r.planned)
        return any(shown.same(planned.final) for planned in stuck)
