"""Reminders of a rollback that makes no progress: at once, after one hour, six hours, then
daily.
"""

from collections.abc import Callable
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.execution import stuck_text
from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.execution.progress import WaitProgress
from penstock.domain.execution.run import Run
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.incidents import Stuck
from penstock.domain.moments import MINUTE_MS
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer

TRIES_BEFORE_ALARM = 3
HALF_AN_HOUR = 30


@dataclass(frozen=True)
class StuckWay:
    """Notifies people, and stores in the ledger when, for a successor."""

    ledger: Ledger
    announcer: Announcer
    clock: Clock

    def __call__(self, run: Run, gate: Gate, waiting: WaitProgress, said: str) -> Stuck | None:
        """The stuck rollback, once it counts as stuck.

        Args:
            run: The document.
            gate: The gate as it was read.
            waiting: The wait of the rollback.
            said: What AWS said to the last try.

        Raises:
            Declined: Somebody else holds the endpoint now.
        """
        now = self.clock.now()
        stuck = gate.stuck or _begins(run, waiting, now)
        if stuck is None or (gate.stuck and not stuck.due(now)):
            return stuck
        reason = stuck_text.reason(gate, waiting.shown, now - stuck.since, said)
        if not self._tell(run, gate, waiting, reason):
            return stuck
        told = stuck.told_at(now)
        self.ledger.write(run.the_key, protocol.note_stuck(run.writer(now), told))
        return told

    def _tell(self, run: Run, gate: Gate, waiting: WaitProgress, reason: str) -> bool:
        harmed = stuck_text.harmed(gate, waiting.shown)
        advice = stuck_text.HARM if harmed else stuck_text.COST
        return self.announcer.announce(AttentionNeeded(advice=advice, **run.about(reason)))


def _begins(run: Run, waiting: WaitProgress, now: int) -> Stuck | None:
    """Stuck begins after a few tries, or after half an hour without success. A new fleet may
    take longer.
    """
    minutes = run.update_minutes
    swaps = waiting.shown is not None and waiting.shown.shape != "staging"
    patience = minutes if swaps and waiting.throttled is None else min(minutes, HALF_AN_HOUR)
    late = now - waiting.since > patience * MINUTE_MS
    if waiting.tries <= TRIES_BEFORE_ALARM and not late:
        return None
    why = run.why.reason if run.why else "no reason given"
    return Stuck(since=waiting.since, told=waiting.since, why=why)


@dataclass(frozen=True)
class StuckAtRest:
    """Reminders of a blocked endpoint whose users are on a package that has to go.

    `count` is called at every sweep, for the alarm that stays on meanwhile.
    """

    ledger: Ledger
    announcer: Announcer
    clock: Clock
    count: Callable[[], None]

    def __call__(self, gate: Gate, view: EndpointView | None) -> str:
        """The situation, for the log. Empty if no user is on a package that has to go.

        Raises:
            Declined: The endpoint is no longer at rest.
        """
        if view is None or not harmful(gate, view):
            return ""
        self.count()
        now = self.clock.now()
        stuck = gate.stuck or Stuck(since=now, told=now, why=gate.attention or "")
        if gate.stuck is None or (stuck.due(now) and self._tell(gate, view, now - stuck.since)):
            told = stuck.told_at(now)
            self.ledger.write(gate.key, protocol.note_stuck_at_rest(gate, told))
        return stuck_text.standing(gate, view.content)

    def _tell(self, gate: Gate, view: EndpointView, passed: int) -> bool:
        said = f"the endpoint is blocked: {gate.attention}"
        return self.announcer.announce(
            AttentionNeeded(
                release_id=gate.release,
                endpoint=gate.endpoint,
                model_package_arn=gate.package,
                reason=stuck_text.reason(gate, view.content, passed, said),
                advice=stuck_text.BLOCKED,
            )
        )


def harmful(gate: Gate, view: EndpointView | None) -> bool:
    """Whether users are on a release's package that has to go, and not on a person's change."""
    if view is None or not (view.in_service or view.repairable):
        return False
    return stuck_text.ours(gate, view.content) and stuck_text.harmed(gate, view.content)
