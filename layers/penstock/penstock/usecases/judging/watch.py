"""Watch: keep the task token of a wait where an alarm finds it."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Woken
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import WINDOW, Declined
from penstock.ports import Clock, Ledger


@dataclass(frozen=True)
class Watch:
    """Begins one wait. A halt that came first means that there is nothing to wait for (R16).

    What the last comparison with live said goes into the release's record with the same write.
    """

    ledger: Ledger
    clock: Clock

    def __call__(self, run: Run, token: str) -> None:
        """Store the token.

        Raises:
            Woken: a halt or a newer approval is there already; the judge decides at once.
        """
        step = WINDOW if run.in_last_stage else run.the_stage.step
        turn, judged = run.turn(self.clock.now()), run.judged
        record = {"judged": judged} if judged and judged.signals else {}
        write = protocol.watch(turn, token, run.watch_seconds, step, record)
        try:
            self.ledger.write(run.the_key, write)
        except Declined as declined:
            raise Woken("a halt or a newer approval came first") from declined
