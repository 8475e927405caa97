"""What several use cases say at the end of a release, or when they lost the endpoint."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain import protocol
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.progress import Why
from penstock.domain.execution.run import Next, Run
from penstock.domain.execution.waits import Wait
from penstock.domain.ledger.gate import Declined
from penstock.ports import Announcer, Clock, Ledger
from penstock.usecases.moving.lock import LOCK_SECONDS
from penstock.usecases.moving.waits import Waits
from penstock.usecases.telling.telling import Telling


@dataclass(frozen=True)
class Endings:
    """Reads the ledger for what became of a release; writes it where a person is needed."""

    ledger: Ledger
    announcer: Announcer
    clock: Clock

    @cached_property
    def telling(self) -> Telling:
        """What tells the ends that the ledger holds as untold."""
        return Telling(self.ledger, self.announcer)

    @cached_property
    def waits(self) -> Waits:
        """What every wait for the endpoint goes by."""
        return Waits(self.announcer, self.clock)

    def wait(self, run: Run, here: Next, wait: Wait) -> Run:
        """The step forward in hand waits on in the state `here`, or goes back at last."""
        if overdue := self.waits.overdue(run, wait):
            return run.back(self.why(run, overdue))
        return self.waits.on(run, here, wait, "rolls back")

    def why(self, run: Run, reason: str) -> Why:
        """The cause of a rollback as the gate knows it: a halt, something newer, or `reason`."""
        gate = self.ledger.gate(run.the_key)
        if gate.halt:
            return Why(kind="halt", reason=gate.halt.reason)
        if gate.newer_wanted(run.approved_at):
            return Why(kind="newer", reason=f"{gate.wanted} was approved meanwhile")
        return Why(kind="failure", reason=reason)

    def lost(self, run: Run) -> Run:
        """The endpoint is another execution's, or at rest: the record says how it ended.

        Where the release in hand was not what this execution is for, it claims for that. An end
        that nobody told yet (this task wrote it and died, or a newer claim did) is told here.
        """
        gate = self.ledger.gate(run.the_key)
        if run.release in gate.untold:
            self.telling(gate)
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
            case ("promoted" | "refused" | "superseded") as state:
                return run.end(state, reason, **said)
            case "needs_attention":
                return run.end("needs_a_person", reason, **said)
            case "rolled_back" if run.asked.action != "release":
                return run.end("restored", reason, **said)
            case _:
                return run.end("rolled_back", reason, **said)

    def _forgotten(self, run: Run) -> Run:
        """Somebody deleted the gate, and what to go back to with it: from now on it is adopted."""
        reason = f"the ledger lost the gate of {run.the_endpoint} while the release ran"
        advice = (
            "put the endpoint on a configuration with one variant and release with"
            ' "adopt": true; see "A damaged ledger" in the runbook'
        )
        self.announcer.announce(AttentionNeeded(advice=advice, **run.about(reason)))
        return run.end("needs_a_person", reason)

    def drifted(self, run: Run, reason: str) -> Run:
        """A person's change: no more calls, and the endpoint is refused until it is adopted."""
        return self._stop(run, reason, "drift")

    def needs_attention(self, run: Run, reason: str) -> Run:
        """The endpoint cannot be brought to a known state: it is blocked."""
        return self._stop(run, reason, "attention")

    def _stop(self, run: Run, reason: str, flag: str) -> Run:
        """What had ended before (a stray, a pending TIDY) keeps how it ended."""
        now = self.clock.now()
        record = {"state": "needs_attention", "reason": reason, "ended_at": now}
        if run.why and run.why.of_an_ended_release:
            record = {}
        gate = self.ledger.gate(run.the_key)
        stop = protocol.stop(run.turn(now), gate, record, {flag: reason})
        try:
            gate = self.ledger.write(run.the_key, stop)
        except Declined as declined:
            if declined.gate.owner != run.execution:
                return self.lost(run)
            return run.then(run.next, LOCK_SECONDS)
        self.telling(gate)
        return run.end("needs_a_person", reason, live_model_package_arn=gate.serving)
