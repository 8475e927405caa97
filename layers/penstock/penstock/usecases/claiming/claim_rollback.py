"""Claims of a person's rollback: it halts a running release, or claims an endpoint at rest."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.execution.run import Run
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.gate import ROLLBACK, Gate
from penstock.domain.ledger.known_good import good_before, users_on
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
        if run.asked.revoked:
            return self._revoked(run, gate, run.asked.revoked)
        if run.halted and (done := self._stopped(run, gate, run.halted)):
            return done
        if gate.at_rest:
            return self._claim(run, gate)
        if self.claim_writer.alive(gate):
            return self._give_up(run, gate)
        now = self.claim_writer.clock.now()
        self.claim_writer.write(gate, protocol.take_over(gate, run.execution, now))
        return self.claim_writer.back(run, gate)

    def _revoked(self, run: Run, gate: Gate, package: str) -> Run:
        """Nobody asked for this rollback. So it stops no release, which replaces the package or
        goes back to it, and changes no endpoint that is blocked. The sweep tries again.
        """
        noted = gate.revoked
        if noted is None or noted.package != package or gate.serving != package:
            return run.end("nothing_to_do", f"{package} does not serve, or is approved again")
        if not gate.at_rest:
            return run.end("nothing_to_do", "a release is under way; the sweep looks afterwards")
        if blocked := gate.attention or gate.drift:
            return run.end("nothing_to_do", f"the endpoint is blocked: {blocked}")
        return self._claim(run, gate)

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
        if to is None and run.asked.revoked:
            return run.end("nothing_to_do", f"nothing is left of release {run.asked.to}")
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
        records = self.claim_writer.ledger.records(gate.key)
        if run.asked.to:
            named = (r for r in records if r.known_good and r.release == run.asked.to)
            return next((r.content for r in named), None)
        return _before(gate, records)


def _before(gate: Gate, records: list[ReleaseRecord]) -> Content | None:
    """The known-good content before the one that users are on. `records` is sorted newest first."""
    earlier = good_before(gate, records)
    return earlier[0].content if earlier else _adopted(gate)


def _adopted(gate: Gate) -> Content | None:
    """Adopted content has no release. It is known while it is `previous`.

    Once a rollback went back to it, nothing is before it: every release came after it.
    """
    now, known = users_on(gate), gate.previous
    if now is None or known is None or not gate.package:
        return None
    return known if not known.package and not known.same(now) else None
