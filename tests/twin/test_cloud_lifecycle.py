"""Twins come and go."""

import os
import threading
import time
from pathlib import Path
from typing import get_args

import psutil
import pytest

from tests.twin.small_bench import START, run, small, start
from twin.clock.clock import DiscreteClock, ScaledClock
from twin.cloud import Twin
from twin.functions.functions import Mode


@pytest.mark.parametrize("handlers", get_args(Mode))
def test_machine_function_rule_and_topic_work_together(handlers: Mode) -> None:
    with small(handlers=handlers, parameters={"Word": "goodbye"}) as twin:
        execution = twin.execution(run(twin, status="STARTED"))
        assert (execution.status, execution.output) == ("SUCCEEDED", {"word": "goodbye"})
        assert execution.states == ["Work", "Wait", "Done"]
        assert [text for _, text in twin.mail()] == ["goodbye STARTED", "goodbye SUCCEEDED"]
        assert [each.arn for each in twin.executions()] == [execution.arn]


def test_it_works_on_a_scaled_clock() -> None:
    with small(ScaledClock(600, START)) as twin:
        assert twin.execution(run(twin)).status == "SUCCEEDED"


def test_twins_do_not_know_each_other() -> None:
    environment = dict(os.environ)
    for word in ("one", "two"):
        with small(parameters={"Word": word}) as twin:
            run(twin)
            assert twin.mail()[0] == ("from the worker", f"{word} nobody")
            assert twin.clock.now() < START + 1000
    assert dict(os.environ) == environment
    assert time.time() > START + 1_000_000 or time.time() < START


def left_over(before: set[threading.Thread]) -> list[object]:
    """The threads and the processes that came since."""
    return [*(set(threading.enumerate()) - before), *psutil.Process().children()]


@pytest.mark.parametrize("handlers", get_args(Mode))
def test_nothing_is_left_over(handlers: Mode) -> None:
    threads = set(threading.enumerate())
    with small(handlers=handlers) as twin:
        start(twin)
        twin.clock.sleep(60)
    give_up = time.monotonic() + 60  # real: an HTTP server may need half a second to end
    while left_over(threads) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert left_over(threads) == []


def test_without_iam_everything_is_allowed_and_the_banner_says_so() -> None:
    with small(iam=False) as twin:
        assert "ParameterNotFound" in str(twin.execution(run(twin, what="trespass")).error)
        assert "every call is allowed" in twin.banner()


def failing() -> None:
    raise ValueError("no")


def fail_in_a_timed_action() -> None:
    with small() as twin:
        twin.clock.call_soon(failing, "broken")
        twin.clock.sleep(1)


def test_what_timed_actions_raise_is_raised_in_the_end() -> None:
    with pytest.raises(BaseExceptionGroup, match="broken"):
        fail_in_a_timed_action()


def wait_for_rain() -> None:
    with small() as twin:
        twin.clock.call_soon(failing, "broken")
        twin.until(lambda: False, 30, "rain")


def test_waiting_ends_when_a_timed_action_fails() -> None:
    with pytest.raises(BaseExceptionGroup, match="broken"):
        wait_for_rain()


def test_metrics_in_the_logs_of_processes_are_published() -> None:
    with small(handlers="processes") as twin:
        run(twin, what="count")
        twin.clock.sleep(1200)
        found = twin.client("cloudwatch").list_metrics(Namespace="Shop")["Metrics"]
        assert [metric["MetricName"] for metric in found] == ["Ending"]


def miscount() -> None:
    with small() as twin:
        run(twin, what="miscount")


def test_metrics_that_cloudwatch_would_drop_are_raised_in_the_end() -> None:
    with pytest.raises(BaseExceptionGroup, match="a metric printed by penstock-Worker"):
        miscount()


def test_after_a_failed_deployment_another_twin_may_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Twin(tmp_path / "absent.yaml", clock=DiscreteClock(START)).__enter__()
    with small() as twin:
        assert twin.outputs


def nest() -> None:
    with small(), small():
        pass


def test_there_is_one_twin_at_a_time() -> None:
    with pytest.raises(RuntimeError, match="already running"):
        nest()
