"""Retries: a transient failure of AWS repeats a task within a retry budget instead of ending
the release.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import PenstockError, Unavailable
from penstock.domain.execution.announcements import AttentionNeeded, ReleaseRefused
from penstock.domain.execution.hindrance import (
    PATIENCE_MS,
    PROMOTED_PATIENCE_MS,
    TOLD_AFTER_MS,
    Hindered,
)
from penstock.domain.execution.progress import RollbackCause
from penstock.domain.execution.run import Next, Run
from penstock.domain.moments import MINUTE_MS
from penstock.domain.spread import spread
from penstock.ports.clock import Clock, TimeLeft
from penstock.ports.ledger import Ledger
from penstock.usecases.telling.teller import Teller

Task = Callable[[Run, TimeLeft], Run]


def timeless(use_case: Callable[[Run], Run]) -> Task:
    """A task without calls whose time is limited."""
    return lambda run, _time_left: use_case(run)


@dataclass(frozen=True)
class Patient:
    """The task of the state `here`, which is tried again after a transient failure.

    The next try reads everything again. A task must therefore keep state only in the ledger and in
    the document that it returns.
    """

    here: Next
    task: Task
    ledger: Ledger
    teller: Teller
    clock: Clock

    def __call__(self, run: Run, time_left: TimeLeft) -> Run:
        """What the task returns, or the same state again, or the end of the retry budget."""
        try:
            after = self.task(run, time_left)
        except Unavailable as error:
            return self.teller.noted(self._hindered(run, str(error)))
        if after.hindered:
            after = after.but(hindered=after.hindered.over())
        return self.teller.noted(after)

    def _hindered(self, run: Run, reason: str) -> Run:
        hindered = (run.hindered or Hindered()).again(self.clock.now())
        patience = self._patience(run)
        if patience is not None and hindered.spent >= patience:
            said = f"AWS did not answer for {patience // (60 * MINUTE_MS)} hours: {reason}"
            return self._given_up(run, said)
        self._renew_lease(run)
        if hindered.spent >= TOLD_AFTER_MS and not hindered.told:
            told = self._tell(run, hindered, reason)
            hindered = hindered.as_told() if told else hindered
        return self._again(run, hindered, reason)

    def _again(self, run: Run, hindered: Hindered, reason: str) -> Run:
        """A watch that cannot be judged continues as a watch, so that an alarm's event still
        ends it.
        """
        seconds = spread(f"{run.execution} {hindered.at}", hindered.between)
        if self.here == "judge":
            again = run.then("watch", watch_seconds=seconds)
        else:
            again = run.then(self.here, seconds)
        return again.but(hindered=hindered, error=run.error, trouble=reason)

    def _patience(self, run: Run) -> int | None:
        """The retry budget in ms. None: unlimited, because every other ending leads to rolling
        back and settling.
        """
        if self.here == "roll_back" or (self.here == "settle" and run.outcome != "at_rest"):
            return None
        promoted = self.here in {"look", "ask", "watch", "judge"} and run.in_last_stage
        return PROMOTED_PATIENCE_MS if promoted else PATIENCE_MS

    def _given_up(self, run: Run, reason: str) -> Run:
        """The safe ending: refused if nothing is held, otherwise a rollback."""
        if self.here == "claim":
            return run.end("refused", f"{reason}; nothing was changed")
        if self.here == "settle":
            return run.end("nothing_to_do", f"{reason}; the sweep tries again")
        if run.asked.dry_run:
            self.teller.announce(ReleaseRefused(**run.about(reason)))
            return run.end("refused", reason)
        return run.back(RollbackCause(kind="failure", reason=reason))

    def _renew_lease(self, run: Run) -> None:
        """Renews the lease so that nobody presumes this execution dead. Without an owner there
        is none.
        """
        if self.here == "claim" or run.asked.dry_run:
            return
        with suppress(PenstockError):  # in trouble too, or another's: the next try finds out
            writer = run.writer(self.clock.now())
            self.ledger.write(run.the_key, protocol.keep_alive(writer))

    def _tell(self, run: Run, hindered: Hindered, reason: str) -> bool:
        patience = self._patience(run)
        then = "Penstock keeps trying until AWS answers"
        if patience is not None:
            hours = patience // (60 * MINUTE_MS)
            then = f"Penstock keeps trying and gives up after {hours} hours without an answer"
        said = f"AWS has not answered for {hindered.spent // MINUTE_MS} minutes: {reason}"
        return self.teller.announce(
            AttentionNeeded(**run.about(said), advice=f"nothing to do yet: {then}")
        )
