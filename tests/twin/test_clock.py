"""Simulated time."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from twin.clock.clock import Clock, DiscreteClock, ScaledClock, current, running
from twin.clock.clocks import StillClock
from twin.clock.waits import Event

START = 1_790_000_000.0


@pytest.fixture
def clock() -> Iterator[Clock]:
    with running(DiscreteClock(START)) as running_clock:
        yield running_clock


def test_the_process_lives_at_the_clocks_time(clock: Clock) -> None:
    assert time.time() == pytest.approx(START, abs=1)
    assert datetime.now(UTC).timestamp() == pytest.approx(START, abs=1)


def test_real_time_comes_back_afterwards() -> None:
    before = time.time()
    with running(DiscreteClock(START)):
        time.sleep(3600)
    assert time.time() - before < 5


def test_an_hour_of_sleep_takes_no_time(clock: Clock) -> None:
    begin = time.perf_counter()
    time.sleep(3600)
    assert time.time() - START == pytest.approx(3600, abs=1)
    assert time.perf_counter() - begin < 1


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


def test_time_does_not_jump_while_a_thread_works(clock: Clock) -> None:
    busy = threading.Event()

    def work() -> None:
        begin = time.perf_counter()
        while time.perf_counter() - begin < 0.2:
            sum(range(1000))
        busy.set()

    threading.Thread(target=work).start()
    clock.call_at(clock.now() + 0.15, lambda: None, "nothing")
    time.sleep(0.1)
    assert not busy.is_set()


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


def test_time_does_not_jump_while_another_process_works(clock: Clock) -> None:
    with clock.working():
        begin = clock.now()
        threading.Event().wait(0.05)
    assert clock.now() - begin == pytest.approx(0.05, abs=0.04)


def test_a_sleep_inside_work_is_no_work(clock: Clock) -> None:
    begin = time.perf_counter()
    with clock.working():
        time.sleep(600)
    assert time.perf_counter() - begin < 1


def test_actions_run_at_their_time(clock: Clock) -> None:
    seen: list[float] = []
    clock.call_at(START + 60, lambda: seen.append(clock.now()), "look")
    time.sleep(61)
    assert seen == [pytest.approx(START + 60, abs=0.1)]


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


def test_an_event_says_whether_it_was_set_or_timed_out(clock: Clock) -> None:
    event = Event()
    assert not event.wait(50)
    clock.call_at(clock.now() + 10, event.set, "set")
    assert event.wait(50)
    assert clock.now() - START == pytest.approx(60, abs=1)


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
        begin = time.perf_counter()
        time.sleep(60)
        assert time.perf_counter() - begin == pytest.approx(0.1, abs=0.05)
        assert time.time() - START == pytest.approx(60, abs=20)


def test_a_scaled_clock_keeps_step_with_work() -> None:
    with running(ScaledClock(600, START)) as clock, clock.working():
        begin = clock.now()
        threading.Event().wait(0.05)
        assert clock.now() - begin < 1


def test_without_a_twin_there_is_no_clock() -> None:
    with pytest.raises(RuntimeError, match="no twin is running"):
        current()
