"""Watch: store the task token of a wait where an alarm's event finds it."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Woken
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import WINDOW, Declined
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger


@dataclass(frozen=True)
class WatchStage:
    """Begins one wait. If a halt came first, there is nothing to wait for (R16).

    The same write stores the last verdict in the release's record.
    """

    ledger: Ledger
    clock: Clock

    def __call__(self, run: Run, token: str) -> None:
        """Store the token.

        Raises:
            Woken: There is already a halt or a newer approval, and the judge decides at once.
        """
        step = WINDOW if run.in_last_stage else run.the_stage.step
        writer, judged = run.writer(self.clock.now()), run.judged
        record = {"judged": judged} if judged and judged.signals else {}
        write = protocol.watch(writer, token, run.watch_seconds, step, record)
        try:
            self.ledger.write(run.the_key, write)
        except Declined as declined:
            raise Woken("a halt or a newer approval came first") from declined
