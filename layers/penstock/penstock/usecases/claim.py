"""Claim the endpoint: the rows of the protocol's section 3, in their order, first that fits."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.content import Content
from penstock.domain.gate import ROLLBACK, WINDOW, Declined, Gate, GateWrite, Halt
from penstock.domain.protocol import Approval
from penstock.domain.run import Run, Why
from penstock.ports import Alarms, Clock, Endpoints, Executions, Ledger, ReleaseRecord

RETRY_SECONDS = 5
HOLDER_SECONDS = 30
PATIENT_SECONDS = 300
PATIENT_AFTER_MS = 3_600_000
"""After an hour the holder is asked for every five minutes: history events are counted."""


@dataclass(frozen=True)
class Claim:
    """Decides who holds the endpoint. Touches nothing but the ledger."""

    ledger: Ledger
    executions: Executions
    alarms: Alarms
    endpoints: Endpoints
    clock: Clock

    def __call__(self, run: Run) -> Run:
        """One try. A write that somebody else's write made void is simply tried again soon."""
        gate = self.ledger.gate(run.the_endpoint)
        try:
            return self._decide(run, gate)
        except Declined:
            return run.then("claim", wait_seconds=RETRY_SECONDS)

    def _decide(self, run: Run, gate: Gate) -> Run:
        if gate.owner == run.execution:
            return self._mine(run, gate)
        match run.asked.action:
            case "release":
                return self._release(run, gate)
            case "rollback":
                return self._rollback(run, gate)
            case "recover":
                return self._recover(run, gate)

    def _mine(self, run: Run, gate: Gate) -> Run:
        """Row 1: this task ran before, and its answer was lost (R1)."""
        own = self._own(run)
        if gate.step == ROLLBACK and gate.release == own.release:
            return self._go_back(run, own._replace(package=gate.package or own.package))
        if gate.step == ROLLBACK:
            return self._back(run, gate)
        if gate.step == WINDOW:
            return self._window(run, gate)
        return self._held(run, own)

    def _own(self, run: Run) -> Approval:
        return run.own or Approval("", "", run.started_at)

    def _held(self, run: Run, own: Approval) -> Run:
        """The endpoint is held for this execution's own release."""
        return run.then(
            "plan",
            release=own.release,
            package=own.package,
            approved_at=own.approved_at,
            dead=False,
            plan=None,
            why=None,
            outcome=None,
        )

    def _release(self, run: Run, gate: Gate) -> Run:
        new = self._own(run)
        return (
            self._already_known(run, gate, new)
            or self._already_served(run, gate, new)
            or self._take(run, gate, new)
        )

    def _already_known(self, run: Run, gate: Gate, new: Approval) -> Run | None:
        """Rows 2 to 4."""
        if gate.latest is not None and gate.latest >= new.approved_at:
            if self.ledger.record(gate.endpoint, new.release):
                return run.end("nothing_to_do", "this approval was released before")
            return run.end("nothing_to_do", "a newer approval was claimed before this one")
        if gate.attention and not run.asked.adopt:
            return run.end("refused", f"{gate.endpoint} is blocked: {gate.attention}")
        if gate.newer_wanted(new.approved_at):
            return run.end("superseded", "a newer approval is waiting for this endpoint")
        return None

    def _already_served(self, run: Run, gate: Gate, new: Approval) -> Run | None:
        if gate.at_rest and not gate.drift and gate.serving == new.package:
            self._write(gate, protocol.note_latest(gate, new, self.clock.now()))
            return run.end("nothing_to_do", "the package serves already")
        if gate.package == new.package and self._goes_forward(gate):
            return run.end("nothing_to_do", "a release of this package is under way")
        return None

    def _goes_forward(self, gate: Gate) -> bool:
        if gate.halt or gate.step is None or gate.step >= ROLLBACK:
            return False
        return not gate.newer_wanted(gate.approved_at) and self._alive(gate)

    def _take(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Rows 5 to 8."""
        now = self.clock.now()
        if gate.at_rest:
            self._write(gate, protocol.claim_at_rest(gate, run.execution, new, now))
            return self._held(run, new)
        if gate.step == WINDOW and not gate.halt:
            return self._end_window(run, gate, new)
        if not self._alive(gate):
            self._write(gate, protocol.take_over(gate, run.execution, now, new))
            return self._back(run, gate)
        return self._queue(run, gate, new)

    def _end_window(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Row 6: the alarms of the watched release speak before its window is ended (R3)."""
        if fired := self._fired(gate):
            self._halt(gate, "alarm", f"the alarm {fired} is in ALARM")
            return self._wait(run)
        now = self.clock.now()
        self._write(gate, protocol.claim_from_window(gate, run.execution, new, now))
        if gate.token:
            self.executions.wake(gate.token)
        return self._held(run, new)

    def _queue(self, run: Run, gate: Gate, new: Approval) -> Run:
        """Row 8: make way is what the holder reads when its next step asks (R5, R9)."""
        if gate.wanted_at is None or gate.wanted_at < new.approved_at:
            self._write(gate, protocol.note_wanted(new))
            if gate.token:
                self.executions.wake(gate.token)
        return self._wait(run)

    def _rollback(self, run: Run, gate: Gate) -> Run:
        """A person's rollback: stop what runs, or claim at rest and go back."""
        if not gate.at_rest and self._alive(gate):
            if gate.step is not None and gate.step < ROLLBACK and gate.release:
                self._halt(gate, "person", run.asked.reason or "a rollback was requested")
            return self._wait(run, halted=gate.release)
        if not gate.at_rest:
            self._write(gate, protocol.take_over(gate, run.execution, self.clock.now()))
            return self._back(run, gate)
        stopped = self.ledger.record(gate.endpoint, run.halted) if run.halted else None
        if stopped is None or stopped.state == "promoted" or gate.attention:
            return self._claim_rollback(run, gate)
        return run.end(
            "restored",
            f"release {run.halted} was stopped and rolled back",
            release_id=run.halted,
            live_model_package_arn=gate.serving,
            previous_model_package_arn=stopped.package,
            tidy="pending" if gate.tidy else "done",
        )

    def _claim_rollback(self, run: Run, gate: Gate) -> Run:
        to = self._known_good(run, gate)
        if to is None or to.package is None:
            wanted = run.asked.to or "an earlier release"
            return run.end(
                "refused", f"the ledger knows no {wanted} of {gate.endpoint} to go back to"
            )
        now = self.clock.now()
        new = self._own(run)._replace(package=to.package)
        self._write(gate, protocol.claim_rollback(gate, run.execution, new, to, now))
        return self._go_back(run, new)

    def _go_back(self, run: Run, own: Approval) -> Run:
        why = Why(kind="rollback", reason=run.asked.reason or "a rollback was requested")
        return self._held(run, own).then("roll_back", why=why)

    def _known_good(self, run: Run, gate: Gate) -> Content | None:
        """What to go back to: the release named, or the known-good one before what serves."""
        if gate.attention and gate.previous and not run.asked.to:
            return gate.previous
        good = [
            r for r in self.ledger.records(gate.endpoint) if r.state == "promoted" and r.content
        ]
        if run.asked.to:
            return next((r.content for r in good if r.release == run.asked.to), None)
        serving = next((r for r in good if gate.content and gate.content.same(r.content)), None)
        earlier = [r for r in good if serving is None or r.approved_at < serving.approved_at]
        return next((r.content for r in earlier if not _same(r, gate)), None)

    def _recover(self, run: Run, gate: Gate) -> Run:
        """Row 7 for a recovery, and what reconcile found at rest."""
        now = self.clock.now()
        if not gate.at_rest:
            if self._alive(gate):
                return run.end("nothing_to_do", "the owner is alive")
            if gate.step == WINDOW and not gate.halt:
                self._write(gate, protocol.take_over_window(gate, run.execution, now))
                return self._window(run, gate)
            self._write(gate, protocol.take_over(gate, run.execution, now))
            return self._back(run, gate)
        if gate.tidy == "pending":
            if gate.drift:
                return run.end("nothing_to_do", f"{gate.endpoint} has drifted")
            self._write(gate, protocol.claim_tidy(gate, run.execution, now))
            return self._back(run, gate, kind="tidy")
        if gate.content is None or not self._stray(gate):
            return run.end("nothing_to_do", f"{gate.endpoint} is as the ledger left it")
        self._write(gate, protocol.claim_stray(gate, run.execution, now))
        return self._back(run, gate, kind="stray")

    def _stray(self, gate: Gate) -> bool:
        view = self.endpoints.look(gate.endpoint)
        if view is None or not view.in_service or gate.content is None:
            return False
        return not view.content.same(gate.content) and len(view.content.weights) > 1

    def _back(self, run: Run, gate: Gate, kind: str = "recovery") -> Run:
        """Hold another execution's release in order to roll it back (R4)."""
        reason = "the execution that released it is gone"
        why = Why.model_validate({"kind": kind, "reason": reason})
        return self._inherit(run, gate).then("roll_back", why=why)

    def _window(self, run: Run, gate: Gate) -> Run:
        """Hold a verified promotion whose watcher died: judge, then settle (R19)."""
        heir = self._inherit(run, gate)
        return heir.then("judge", position=len(heir.the_plan.stages) - 1)

    def _inherit(self, run: Run, gate: Gate) -> Run:
        record = self.ledger.record(gate.endpoint, gate.release) if gate.release else None
        return run.model_copy(
            update={
                "dead": True,
                "release": gate.release,
                "package": gate.package,
                "approved_at": gate.approved_at,
                "plan": record.plan if record else None,
                "phase": None,
            }
        )

    def _alive(self, gate: Gate) -> bool:
        if gate.owner is None or gate.lease_until < self.clock.now():
            return False
        return self.executions.running(gate.owner)

    def _fired(self, gate: Gate) -> str | None:
        states = self.alarms.states(gate.alarms)
        return next(
            (n for n, s in states.items() if s.value == "ALARM" and s.since >= gate.started_at),
            None,
        )

    def _halt(self, gate: Gate, by: str, reason: str) -> None:
        why = Halt.model_validate({"by": by, "reason": reason, "at": self.clock.now()})
        after = self._write(gate, protocol.halt(gate.release or "", why))
        if after.token:
            self.executions.wake(after.token)

    def _wait(self, run: Run, halted: str | None = None) -> Run:
        patient = self.clock.now() - run.started_at > PATIENT_AFTER_MS
        seconds = PATIENT_SECONDS if patient else HOLDER_SECONDS
        return run.then("claim", seconds, halted=halted or run.halted)

    def _write(self, gate: Gate, write: GateWrite) -> Gate:
        return self.ledger.write(gate.endpoint, write)


def _same(record: ReleaseRecord, gate: Gate) -> bool:
    return gate.content is not None and gate.content.same(record.content)
