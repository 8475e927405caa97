"""Watches one scenario from beginning to end, for the recording and the display."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from examples.demo import figures
from examples.demo.display import Display, Look
from examples.demo.moments import Event, moment_of
from examples.demo.recording import Instant, Recording, Sample
from examples.demo.sights import Sights

LOOK_SECONDS = 0.25  # real
MINUTE = 60


class Watcher:
    """Looks four times per real second, in its own thread.

    Set `package` as soon as the package is registered. `events` grows while the twin runs.
    """

    def __init__(
        self,
        sights: Sights,
        events: Sequence[Event],
        recording: Recording,
        now: Callable[[], Instant],
        display: Display,
    ) -> None:
        self.package = ""
        self._sights = sights
        self._events = events
        self._told = len(events)
        self._recording = recording
        self._now = now
        self._display = display
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="watcher")
        self._running: Future[None] | None = None

    def __enter__(self) -> "Watcher":
        self._running = self._pool.submit(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        """Look once more and stop. Raise the exception of a watch that failed."""
        self._ended.set()
        if self._running:
            self._running.result()
        self._pool.shutdown()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._look()
        self._look()

    def _look(self) -> None:
        seen = self._sights.endpoint()
        at = self._now()
        self._recording.samples.append(Sample(at, *seen))
        self._tell()
        self._display.show(
            Look(
                self._minute(at),
                self._sights.states(self.package),
                *seen,
                figures.answered(self._recording.requests),
            )
        )

    def _tell(self) -> None:
        new = self._events[self._told :]
        self._told += len(new)
        for event in new:
            moment = moment_of(event, self._now())
            if moment:
                self._recording.moments.append(moment)
                self._display.tell(self._minute(moment.at), moment)

    def _minute(self, at: Instant) -> float:
        return (at.simulated - self._recording.began.simulated) / MINUTE
