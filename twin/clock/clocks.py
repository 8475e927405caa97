"""The two clocks: one that runs fast, one that jumps."""

import time

from twin.clock.idle import everyone_waits
from twin.clock.timeline import SECOND, Clock

_real_sleep = time.sleep  # the twin replaces time.sleep
_PATIENCE_SECONDS = 0.001


class ScaledClock(Clock):
    """Time that runs `speed` times as fast as real time, but as fast as it while code works.

    Handlers take milliseconds of the simulated time, too, and keep to their time-outs.
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
    """Time that runs at the real rate while any thread works, and jumps while all wait.

    It jumps to the earliest deadline anybody waits for.
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
    """Time that stands still while any thread works, and jumps while all wait.

    What code needs of the processor costs no simulated time, so many handlers at once do not slow
    each other down; what an answer takes is the twin's to say (`Calls.answering`).
    """

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self._idle_rate = self._working_rate = 0.0
