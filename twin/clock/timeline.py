"""Simulated time: the base of all clocks, which wakes waiting threads and runs timed actions."""

import heapq
import itertools
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

SECOND = 1_000_000_000
_real_sleep = time.sleep  # the twin replaces time.sleep


class Failure(NamedTuple):
    """An exception that escaped from a timed action."""

    name: str
    error: BaseException


class Reference(NamedTuple):
    """One moment in real and in simulated time, and the rate from then on."""

    simulated_ns: int
    real_ns: int
    rate: float

    def now_ns(self) -> int:
        """Return the simulated time now. The real clock is monotonic and equal in all processes."""
        return self.simulated_ns + int((time.perf_counter_ns() - self.real_ns) * self.rate)


class Timer:
    """Something that is due at a simulated time."""

    def __init__(self, clock: "Clock", due: int, wake: Callable[[], None], name: str) -> None:
        self.due = due
        self.name = name
        self.wake = wake
        self.is_action = False
        self.cancelled = False
        self._clock = clock

    def cancel(self) -> None:
        """Cancel the timer. This does nothing if it has already fired."""
        self.cancelled = True
        self._clock.touch()


class Gate:
    """Lets one thread wait once, for a signal, for its deadline or for the end of the clock."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self.signalled = False

    def signal(self) -> None:
        """Let the thread through, and record that it was signalled."""
        self.signalled = True
        self._opened.set()

    def open(self) -> None:
        """Let the thread through."""
        self._opened.set()

    def pass_through(self) -> None:
        """Wait in real time until the gate is opened."""
        self._opened.wait()


class Clock(ABC):
    """A source of simulated time with timers. A clock is started once and stopped once."""

    speed: float
    """The simulated seconds per real second while no thread works."""

    def __init__(self, start: float, rate: float) -> None:
        self.reference = Reference(round(start * SECOND), time.perf_counter_ns(), 0.0)
        self.failures: list[Failure] = []
        self.stopped = False
        self.on_stop: list[Callable[[], object]] = []
        self.on_rebase: list[Callable[[Reference], None]] = []
        self._idle_rate, self._working_rate = rate, 1.0
        self._changed = threading.Condition(threading.RLock())
        self._version = 0
        self._at_work = 0
        self._own_work = threading.local()
        self._heap: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self._unbounded: set[Timer] = set()
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._runner = threading.Thread(target=self._run, name="clock", daemon=True)

    @abstractmethod
    def _let_time_pass(self, due: int) -> None:
        """Return at `due`, or earlier when a timer was added or cancelled."""

    def now_ns(self) -> int:
        """Return the simulated nanoseconds since the epoch."""
        return self.reference.now_ns()

    def now(self) -> float:
        """Return the simulated seconds since the epoch."""
        return self.now_ns() / SECOND

    def start(self) -> None:
        """Start the clock at its start time."""
        self._rebase(rate=self._idle_rate)
        self._runner.start()

    def stop(self, patience: float = 5.0) -> None:
        """End every wait, drop every action, and wait in real time for the threads to end."""
        with self._changed:
            self.stopped = True
            waiting = [entry[2] for entry in self._heap] + list(self._unbounded)
            self.touch()
        for timer in waiting:
            if not timer.is_action:
                timer.wake()
        for action in self.on_stop:
            action()
        self._runner.join()
        self._join_threads(time.perf_counter() + patience)

    def adopt(self, thread: threading.Thread) -> None:
        """Make `stop` wait for this thread, too."""
        self._threads.add(thread)

    def sleep(self, seconds: float) -> None:
        """Let the calling thread wait for simulated seconds."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if seconds == 0:
            _real_sleep(0)  # lets other threads run
            return
        self.wait(Gate(), seconds, f"sleep {seconds:g}")

    def wait(self, gate: Gate, seconds: float | None, name: str) -> bool:
        """Wait at a gate for at most `seconds`. Return whether it was signalled."""
        due = None if seconds is None else self.now_ns() + round(seconds * SECOND)
        timer = self._schedule(Timer(self, due or 0, gate.open, name), bounded=due is not None)
        with self._resting():
            gate.pass_through()
        self._forget(timer)
        self._end_thread_if_stopped()
        return gate.signalled

    def call_at(self, at: float, action: Callable[[], object], name: str) -> Timer:
        """Run `action` on a new thread at a simulated time, or at once if that is past.

        Its exception, if any, is added to `failures`.
        """
        timer = Timer(self, round(at * SECOND), lambda: self._launch(action, name), name)
        timer.is_action = True
        return self._schedule(timer, bounded=True)

    def call_soon(self, action: Callable[[], object], name: str) -> Timer:
        """Run `action` on a new thread now."""
        return self.call_at(self.now(), action, name)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let time pass at the real rate, without jumps, until the end of the block.

        Use it for code whose duration counts, and for every wait for another process. Waiting for
        this clock inside the block does not count as work.
        """
        self._count_own_work(1)
        try:
            yield
        finally:
            self._count_own_work(-1)

    def touch(self) -> None:
        """Make the clock check its timers again."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def waiting(self) -> list[str]:
        """Return the names of the timers, the earliest first, for messages about a hanging twin."""
        with self._changed:
            entries = sorted(self._heap, key=lambda entry: entry[:2])
        return [timer.name for _, _, timer in entries if not timer.cancelled]

    def _rebase(self, *, rate: float, jump: int = 0) -> None:
        with self._changed:
            now = self.reference.now_ns() + jump
            self.reference = Reference(now, time.perf_counter_ns(), rate)
            for listener in self.on_rebase:
                listener(self.reference)
            self.touch()

    def _count_own_work(self, step: int) -> None:
        self._own_work.depth = getattr(self._own_work, "depth", 0) + step
        self._count_work(step)

    def _count_work(self, step: int) -> None:
        with self._changed:
            before, self._at_work = self._at_work, self._at_work + step
            if bool(before) != bool(self._at_work) and not self.stopped:
                self._rebase(rate=self._working_rate if self._at_work else self._idle_rate)

    @contextmanager
    def _resting(self) -> Iterator[None]:
        depth = getattr(self._own_work, "depth", 0)
        if depth:
            self._count_work(-depth)
        try:
            yield
        finally:
            if depth:
                self._count_work(depth)

    def _schedule(self, timer: Timer, *, bounded: bool) -> Timer:
        with self._changed:
            if self.stopped and not timer.is_action:
                timer.wake()
            elif bounded:
                heapq.heappush(self._heap, (timer.due, next(self._order), timer))
            else:
                self._unbounded.add(timer)
            self.touch()
        return timer

    def _forget(self, timer: Timer) -> None:
        with self._changed:
            timer.cancelled = True
            self._unbounded.discard(timer)

    def _end_thread_if_stopped(self) -> None:
        if self.stopped and threading.current_thread() is not threading.main_thread():
            raise SystemExit  # ends a thread silently; a subclass would print

    def _launch(self, action: Callable[[], object], name: str) -> None:
        thread = threading.Thread(target=self._perform, args=(action, name), name=name, daemon=True)
        self.adopt(thread)
        thread.start()

    def _perform(self, action: Callable[[], object], name: str) -> None:
        try:
            action()
        except BaseException as error:  # the twin raises it at the end
            if not self.stopped:
                self.failures.append(Failure(name, error))

    def _join_threads(self, until: float) -> None:
        for thread in list(self._threads):
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, until - time.perf_counter()))

    def _run(self) -> None:
        while not self.stopped:
            timer = self._next()
            if timer is None:
                continue
            if timer.due <= self.now_ns():
                self._wake(timer)
            else:
                self._let_time_pass(timer.due)

    def _next(self) -> Timer | None:
        """Return the earliest timer without removing it. None after waiting for one."""
        with self._changed:
            while self._heap and self._heap[0][2].cancelled:
                heapq.heappop(self._heap)
            if self._heap:
                return self._heap[0][2]
            if not self.stopped:
                self._changed.wait()
            return None

    def _wake(self, timer: Timer) -> None:
        with self._changed:
            if self.stopped or not self._heap or self._heap[0][2] is not timer:
                return
            heapq.heappop(self._heap)
        if not timer.cancelled:
            timer.wake()
