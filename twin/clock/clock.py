"""The one source of time of a running twin.

While a twin runs, `time.time`, `datetime.now`, `time.sleep` and the waits of moto's state machine
interpreter follow its clock. `time.monotonic` and `time.perf_counter` stay real.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from twin.clock import waits
from twin.clock.clocks import DiscreteClock, ScaledClock
from twin.clock.timeline import Clock, Failure, Timer
from twin.core.hooks import hooked

__all__ = [
    "Clock",
    "DiscreteClock",
    "Failure",
    "ScaledClock",
    "Timer",
    "current",
    "install",
    "raise_failures",
    "running",
]

current = waits.current
install = waits.install


@contextmanager
def running(clock: Clock) -> Iterator[Clock]:
    """Start the clock, which the whole process follows until the end of the block.

    The exceptions of timed actions are raised at the end.
    """
    with hooked() as hooks:
        clock.start()
        install(hooks, clock)
        try:
            yield clock
        finally:
            clock.stop()
    raise_failures(clock)


def raise_failures(clock: Clock, others: Sequence[Failure] = ()) -> None:
    """Raise the exceptions of timed actions and other failures, if there are any."""
    failures = [*clock.failures, *others]
    if failures:
        names = ", ".join(sorted({failure.name for failure in failures}))
        raise BaseExceptionGroup(f"failed: {names}", [failure.error for failure in failures])
