"""The clocks: one runs fast, the others jump while all threads wait."""

import time

from twin.clock.idle import everyone_waits
from twin.clock.timeline import SECOND, Clock

_real_sleep = time.sleep  # the twin replaces time.sleep
_PATIENCE_SECONDS = 0.001


class ScaledClock(Clock):
    """Runs at `speed` times the real rate, but at the real rate while code works.

    Handlers therefore take milliseconds of simulated time, too, and meet their time-outs.
    """

    def __init__(self, speed: float, start: float) -> None:
        super().__init__(start, speed)
        self.speed = speed

    def _let_time_pass(self, due: int) -> None:
        with self._changed:
            if not self.stopped and self._heap and self._heap[0][0] >= due:
                left = due - self.now_ns()
                self._changed.wait(max(0.0, left / self.reference.rate / SECOND))


class DiscreteClock(Clock):
    """Runs at the real rate while any thread works, and jumps while all wait.

    It jumps to the earliest deadline that a thread waits for.
    """

    def __init__(self, start: float) -> None:
        super().__init__(start, 1.0)
        self.speed = 1.0

    def _let_time_pass(self, due: int) -> None:
        version = self._version
        if self._at_work:
            _real_sleep(_PATIENCE_SECONDS)
        elif everyone_waits():
            self._jump(due, version)

    def _jump(self, due: int, version: int) -> None:
        with self._changed:
            if self._version == version and not self._at_work and not self.stopped:
                self._rebase(rate=self._idle_rate, jump=max(0, due - self.now_ns()))


class StillClock(DiscreteClock):
    """Stands still while any thread works, and jumps while all wait.

    CPU time costs no simulated time, so that concurrent handlers do not slow each other down.
    `Calls.answering` sets the time that an AWS answer takes.
    """

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self._idle_rate = self._working_rate = 0.0
