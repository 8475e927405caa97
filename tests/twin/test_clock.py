"""Simulated time."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from twin.clock.clock import Clock, DiscreteClock, ScaledClock, current, running
from twin.clock.clocks import StillClock
from twin.clock.waits import Event

START = 1_790_000_000.0


@dataclass
class Stopwatch:
    """How late a clock may be: the real time that went by, or nothing if the clock stood still.

    No limit of our own: a test that stood in a queue for a second is no fault of the clock.
    """

    clock: Clock
    began: float = field(default_factory=time.perf_counter)

    def passed(self) -> float:
        """The real seconds since this watch was made."""
        return time.perf_counter() - self.began

    def punctual(self, now: float, due: float) -> bool:
        """Whether it was never early, and no later than it may be."""
        may = 0 if isinstance(self.clock, StillClock) else self.passed()
        return 0 <= now - due <= may


@pytest.fixture(params=[DiscreteClock, StillClock])
def watch(request: pytest.FixtureRequest) -> Iterator[Stopwatch]:
    began = time.perf_counter()
    with running(request.param(START)) as clock:
        yield Stopwatch(clock, began)


@pytest.fixture
def clock(watch: Stopwatch) -> Clock:
    return watch.clock


@pytest.fixture
def ticking() -> Iterator[Clock]:
    with running(DiscreteClock(START)) as clock:
        yield clock


def test_the_process_lives_at_the_clocks_time(clock: Clock) -> None:
    before = clock.now()
    seen = time.time(), datetime.now(UTC).timestamp()
    after = clock.now()
    assert all(before - 1e-6 <= each <= after for each in seen)  # a datetime has microseconds


def test_real_time_comes_back_afterwards() -> None:
    before = time.time()
    with running(DiscreteClock(START)):
        time.sleep(3600)
    assert before <= time.time() < before + 3600


def test_an_hour_of_sleep_takes_no_time(watch: Stopwatch) -> None:
    time.sleep(3600)
    assert watch.punctual(time.time(), START + 3600)
    assert watch.passed() < 3600


def test_sleepers_wake_in_the_order_of_their_deadlines(clock: Clock) -> None:
    woken: list[int] = []

    def sleep(seconds: int) -> None:
        time.sleep(seconds)
        woken.append(seconds)

    threads = [threading.Thread(target=sleep, args=(each,)) for each in (300, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert woken == [100, 200, 300]


def test_time_does_not_jump_while_a_thread_works(ticking: Clock) -> None:
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            sum(range(1000))

    worker = threading.Thread(target=work)
    worker.start()
    watch = Stopwatch(ticking)
    time.sleep(0.1)
    passed = watch.passed()
    enough.set()
    worker.join()
    assert passed >= 0.1


def test_work_takes_no_time_of_a_clock_that_stands_still() -> None:
    """Two that wait do not wait for each other, however busy the machine is."""
    seen: list[tuple[str, float]] = []

    def work(name: str, pause: float) -> None:
        with current().working():
            for _ in range(3):
                begin = time.perf_counter()
                while time.perf_counter() - begin < 0.02:
                    sum(range(1000))
                time.sleep(pause)
                seen.append((name, time.time() - START))

    with running(StillClock(START)) as clock:
        for name, pause in (("a", 2.0), ("b", 5.0)):
            clock.call_soon(lambda name=name, pause=pause: work(name, pause), name)  # type: ignore[misc]  # mypy cannot infer a default
        time.sleep(60)
    assert seen == [("a", 2), ("a", 4), ("b", 5), ("a", 6), ("b", 10), ("b", 15)]


def test_time_does_not_jump_while_another_process_works(ticking: Clock) -> None:
    ticking.call_at(ticking.now() + 600, lambda: None, "what a jump would go to")
    watch = Stopwatch(ticking)
    with ticking.working():
        begin = ticking.now()
        threading.Event().wait(0.05)
        assert 0.05 <= ticking.now() - begin <= watch.passed()


def test_a_sleep_inside_work_is_no_work(watch: Stopwatch) -> None:
    with watch.clock.working():
        time.sleep(600)
    assert watch.punctual(time.time(), START + 600)
    assert watch.passed() < 600


def test_actions_run_at_their_time(watch: Stopwatch) -> None:
    seen: list[float] = []
    clock, ran = watch.clock, Event()

    def look() -> None:
        seen.append(clock.now())
        ran.set()

    clock.call_at(START + 60, look, "look")
    ran.wait()
    (at,) = seen
    assert watch.punctual(at, START + 60)


def test_a_cancelled_action_does_not_run(clock: Clock) -> None:
    seen: list[float] = []
    clock.call_at(START + 60, lambda: seen.append(clock.now()), "look").cancel()
    time.sleep(61)
    assert seen == []


def test_what_actions_raise_is_raised_at_the_end() -> None:
    def fail() -> None:
        raise ValueError("no")

    def run() -> None:
        with running(DiscreteClock(START)) as clock:
            clock.call_soon(fail, "broken")
            time.sleep(1)

    with pytest.raises(BaseExceptionGroup, match="broken") as raised:
        run()
    assert raised.group_contains(ValueError, match="no")


def test_an_event_says_whether_it_was_set_or_timed_out(watch: Stopwatch) -> None:
    event, clock = Event(), watch.clock
    assert not event.wait(50)
    clock.call_at(clock.now() + 10, event.set, "set")
    assert event.wait(500)
    assert watch.punctual(clock.now(), START + 60)


def test_the_end_of_time_ends_those_who_wait() -> None:
    with running(DiscreteClock(START)) as clock:
        sleeper = threading.Thread(target=lambda: time.sleep(1e9))
        clock.adopt(sleeper)
        sleeper.start()
        clock.call_soon(lambda: Event().wait(), "for ever")
        threading.Event().wait(0.02)
    assert not sleeper.is_alive()


def test_a_scaled_clock_runs_faster() -> None:
    with running(ScaledClock(600, START)):
        before = time.perf_counter()
        begin = time.time()
        time.sleep(60)
        passed = time.time() - begin
        assert 60 <= passed <= 600 * (time.perf_counter() - before)


def test_a_scaled_clock_keeps_step_with_work() -> None:
    with running(ScaledClock(600, START)) as clock:
        watch = Stopwatch(clock)
        with clock.working():
            begin = clock.now()
            threading.Event().wait(0.05)
            assert 0.05 <= clock.now() - begin <= watch.passed()


def test_without_a_twin_there_is_no_clock() -> None:
    with pytest.raises(RuntimeError, match="no twin is running"):
        current()
