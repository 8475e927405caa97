"""What several use cases say at the end of a release, or when they lost the endpoint."""

from dataclasses import dataclass
from functools import cached_property

from penstock.domain import protocol
from penstock.domain.announcements import AttentionNeeded
from penstock.domain.gate import Declined
from penstock.domain.incidents import HOUR_MS, LONGEST_UPDATE_MS, due
from penstock.domain.progress import Waiting, Why
from penstock.domain.run import Run
from penstock.domain.stuck_text import lasted
from penstock.ports import Announcer, Clock, Ledger
from penstock.usecases.telling import Telling

LOCK_SECONDS = 10
LIMIT_HOURS = LONGEST_UPDATE_MS // HOUR_MS
GOES_BACK = f"; after {LIMIT_HOURS} hours the release goes back"


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

    def why(self, run: Run, reason: str) -> Why:
        """The cause of a rollback as the gate knows it: a halt, something newer, or `reason`."""
        gate = self.ledger.gate(run.the_endpoint)
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
        gate = self.ledger.gate(run.the_endpoint)
        if run.release in gate.untold:
            self.telling(gate)
        if run.dead and run.asked.action != "recover":
            return run.anew()
        record = self.ledger.record(run.the_endpoint, run.release or "")
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
        advice = "put one variant there and adopt it; see the runbook for a damaged ledger"
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
        gate = self.ledger.gate(run.the_endpoint)
        stop = protocol.stop(run.turn(now), gate, record, {flag: reason})
        try:
            gate = self.ledger.write(run.the_endpoint, stop)
        except Declined as declined:
            if declined.gate.owner != run.execution:
                return self.lost(run)
            return run.then(run.next, LOCK_SECONDS)
        self.telling(gate)
        return run.end("needs_a_person", reason, live_model_package_arn=gate.serving)

    def patience(self, run: Run, waiting: Waiting, reason: str, then: str = "") -> Waiting:
        """Tell people of a wait that outlasts `update_minutes`, as often as of a way back.

        `then` says what happens where it lasts too long.
        """
        now = self.clock.now()
        minutes = run.plan.policy.rollout.update_minutes if run.plan else 60
        late = now - waiting.since > minutes * 60_000
        if not late or (waiting.told and not due(waiting.since, waiting.told, now)):
            return waiting
        advice = "nothing to do yet: Penstock acts the moment SageMaker lets it"
        said = f"waiting for {lasted(now - waiting.since)}: {reason}"
        told = self.announcer.announce(AttentionNeeded(advice=advice + then, **run.about(said)))
        return waiting.model_copy(update={"told": now}) if told else waiting

    def overdue(self, run: Run, waiting: Waiting, reason: str) -> str | None:
        """Why SageMaker is waited for no longer; None: it is. AWS's trouble does not count."""
        waited = self.clock.now() - waiting.since - run.troubled_ms
        return f"{reason}, for {LIMIT_HOURS} hours" if waited > LONGEST_UPDATE_MS else None
