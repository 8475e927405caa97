"""Endings that several use cases share."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain import protocol
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Next, Run
from penstock.domain.execution.waits import LOCK_SECONDS, Wait
from penstock.domain.ledger.gate import Declined
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer
from penstock.usecases.moving.waits import Waits
from penstock.usecases.telling.outbox import Outbox


@dataclass(frozen=True)
class Outcomes:
    """Reads from the ledger how a release ended, and writes an ending where a person is needed."""

    ledger: Ledger
    announcer: Announcer
    clock: Clock

    @cached_property
    def outbox(self) -> Outbox:
        """Publishes the ledger's outbox."""
        return Outbox(self.ledger, self.announcer)

    @cached_property
    def waits(self) -> Waits:
        """The rules of every wait for the endpoint."""
        return Waits(self.announcer, self.clock)

    def wait(self, run: Run, here: Next, wait: Wait) -> Run:
        """Wait on in the state `here`, or roll back once the limit is over."""
        if overdue := self.waits.overdue(run, wait):
            return run.back(self.cause(run, overdue))
        return self.waits.on(run, here, wait, "rolls back")

    def cause(self, run: Run, reason: str) -> RollbackCause:
        """The cause of a rollback: a halt or a newer approval on the gate, otherwise `reason`."""
        gate = self.ledger.gate(run.the_key)
        if gate.halt:
            return RollbackCause.of(gate.halt)
        if gate.newer_wanted(run.approved_at):
            return RollbackCause(kind="newer", reason=f"{gate.wanted} was approved meanwhile")
        return RollbackCause(kind="failure", reason=reason)

    def lost(self, run: Run) -> Run:
        """This execution no longer holds the endpoint. The release's record says how it ended.

        If the release in hand was inherited, the execution claims for its own release. An ending
        that nobody has published is published here.
        """
        gate = self.ledger.gate(run.the_key)
        if run.release in gate.untold:
            self.outbox(gate)
        if run.dead and run.asked.action != "recover":
            return run.anew()
        record = self.ledger.record(run.the_key, run.release or "")
        if record and not record.ended and not gate.fence:
            return self._forgotten(run)
        said = {"live_model_package_arn": gate.serving}
        reason = (record.reason if record else None) or "another execution ended this release"
        match record.state if record else None:
            case None:
                failed = run.why.reason if run.why else "nothing was claimed"
                return run.end("refused", f"nothing was changed: {failed}", **said)
            case ("promoted" | "observed" | "refused" | "superseded") as state:
                return run.end(state, reason, **said)
            case "needs_attention":
                return run.end("needs_a_person", reason, **said)
            case "rolled_back" if run.asked.action != "release":
                return run.end("restored", reason, **said)
            case _:
                return run.end("rolled_back", reason, **said)

    def _forgotten(self, run: Run) -> Run:
        """Somebody deleted the gate, and with it the content to go back to. A person has to
        adopt the endpoint.
        """
        reason = f"the ledger lost the gate of {run.the_endpoint} while the release ran"
        advice = (
            "put the endpoint on a configuration with one variant and release with"
            ' "adopt": true; see "A damaged ledger" in the runbook'
        )
        self.announcer.announce(AttentionNeeded(advice=advice, **run.about(reason)))
        return run.end("needs_a_person", reason)

    def drifted(self, run: Run, reason: str) -> Run:
        """Somebody changed the endpoint: no more calls, and releases are refused until somebody
        adopts.
        """
        return self._give_up(run, reason, "drift")

    def needs_attention(self, run: Run, reason: str) -> Run:
        """Block the endpoint, because it cannot be brought to a known state."""
        return self._give_up(run, reason, "attention")

    def _give_up(self, run: Run, reason: str, flag: str) -> Run:
        """A release that had already ended (a stray, a pending TIDY) keeps its ending."""
        now = self.clock.now()
        record = {"state": "needs_attention", "reason": reason, "ended_at": now}
        if run.why and run.why.of_an_ended_release:
            record = {}
        gate = self.ledger.gate(run.the_key)
        stop = protocol.give_up(run.writer(now), gate, record, {flag: reason})
        try:
            gate = self.ledger.write(run.the_key, stop)
        except Declined as declined:
            if declined.gate.owner != run.execution:
                return self.lost(run)
            return run.then(run.next, LOCK_SECONDS)
        self.outbox(gate)
        return run.end("needs_a_person", reason, live_model_package_arn=gate.serving)
