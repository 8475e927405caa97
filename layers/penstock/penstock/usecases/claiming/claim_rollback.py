"""Claims of a person's rollback: it halts a running release, or claims an endpoint at rest."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.execution.run import Run
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import ROLLBACK, Gate
from penstock.domain.ledger.record import ReleaseRecord
from penstock.usecases.claiming.claim_writer import ClaimWriter, requested

GONE_BACK = frozenset({"rolled_back", "observed", "superseded", "refused"})
"""Endings after which the previous package serves again."""


@dataclass(frozen=True)
class RollbackClaim:
    """Halting a running release *is* the rollback, because the previous package then serves
    again.
    """

    claim_writer: ClaimWriter

    def __call__(self, run: Run, gate: Gate) -> Run:
        """One try.

        Raises:
            Declined: Somebody else's write came between.
        """
        if run.halted and (done := self._stopped(run, gate, run.halted)):
            return done
        if gate.at_rest:
            return self._claim(run, gate)
        if self.claim_writer.alive(gate):
            return self._give_up(run, gate)
        now = self.claim_writer.clock.now()
        self.claim_writer.write(gate, protocol.take_over(gate, run.execution, now))
        return self.claim_writer.back(run, gate)

    def _stopped(self, run: Run, gate: Gate, halted: str) -> Run | None:
        """The halted release has ended. Whoever holds the endpoint now came later."""
        record = self.claim_writer.ledger.record(gate.key, halted)
        if run.asked.to or record is None or record.state not in GONE_BACK:
            return None
        return run.end(
            "restored",
            f"release {halted} was stopped and rolled back",
            release_id=halted,
            live_model_package_arn=gate.serving,
            previous_model_package_arn=record.package,
            tidy="pending" if gate.tidy else "done",
        )

    def _give_up(self, run: Run, gate: Gate) -> Run:
        record = self.claim_writer.in_hand(gate)
        if record is None or record.ended:
            return self.claim_writer.wait(run)  # only a recovery, of what ended before
        if gate.step is not None and gate.step < ROLLBACK:
            self.claim_writer.halt(gate, "person", requested(run))
        return self.claim_writer.wait(run, halted=gate.release)

    def _claim(self, run: Run, gate: Gate) -> Run:
        """Claim once. A delayed instance, or a retry after somebody ended the claimed rollback,
        finds its record.
        """
        if known := self.claim_writer.ledger.record(gate.key, run.claims.release):
            return run.end("nothing_to_do", f"this rollback has ended: {known.reason or 'done'}")
        to = self._known_good(run, gate)
        if to is None:
            wanted = f"release {run.asked.to}" if run.asked.to else "earlier release"
            reason = f"the ledger knows no {wanted} of {gate.endpoint} to go back to"
            return run.end("refused", reason)
        new = run.claims._replace(package=to.package)
        now = self.claim_writer.clock.now()
        write = protocol.claim_rollback(gate, run.execution, new, to, now, requested(run))
        self.claim_writer.write(gate, write)
        return self.claim_writer.go_back(run, new)

    def _known_good(self, run: Run, gate: Gate) -> Content | None:
        """The content to go back to: that of the named release, or of the known-good one before
        the present.
        """
        if gate.attention and gate.previous and not run.asked.to:
            return gate.previous
        good = [r for r in self.claim_writer.ledger.records(gate.key) if r.known_good]
        if run.asked.to:
            return next((r.content for r in good if r.release == run.asked.to), None)
        return _before(gate, good)


def _before(gate: Gate, good: list[ReleaseRecord]) -> Content | None:
    """The known-good content before the one that users are on. `good` is sorted newest first."""
    users_on = gate.previous if gate.tidy else gate.content
    if users_on is None:
        return None
    serving = next((r for r in good if users_on.same(r.content)), None)
    if serving is None and not gate.package:
        return None  # a rollback went back to what was adopted: every release came after it
    earlier = [r for r in good if serving is None or r.approved_at < serving.approved_at]
    found = next((r.content for r in earlier if not users_on.same(r.content)), None)
    return found or _adopted(gate, users_on)


def _adopted(gate: Gate, users_on: Content) -> Content | None:
    """Adopted content has no release. It is known while it is `previous`."""
    known = gate.previous if gate.previous and not gate.previous.same(users_on) else None
    return known if known and not known.package else None
