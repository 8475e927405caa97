"""What every task says in the log and the metrics."""

import json
import logging
from collections.abc import Callable

import pytest

from penstock.domain.execution.run import Run
from penstock.entries.entry import logger, set_level, warm
from penstock.entries.tasks import said, task
from penstock.ports.clock import TimeLeft
from tests.fakes.lambda_context import Context

RUN = Run(execution="arn", started_at=1, next="judge", endpoint="churn")


def metrics(printed: str) -> list[str]:
    """Names of the metrics that the lines in the embedded format publish."""
    documents = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    found = [d["_aws"]["CloudWatchMetrics"] for d in documents if "_aws" in d]
    return [metric["Name"] for each in found for one in each for metric in one["Metrics"]]


def test_what_went_wrong_and_did_not_matter_is_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "penstock")
    said(RUN.then("watch").model_copy(update={"trouble": "judged minutes were not kept"}))
    assert metrics(capsys.readouterr().out) == ["Trouble"]


def test_a_way_back_that_is_stuck_is_counted_with_each_try(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "penstock")
    tried = RUN.then("roll_back", stuck=True)
    said(tried)
    said(tried.then("settle"))
    assert metrics(capsys.readouterr().out) == ["WayBackStuck"]


def test_it_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    said(RUN.model_copy(update={"trouble": "the bucket is gone"}).then("watch"))
    assert metrics(capsys.readouterr().out) == []


class Stack:
    """A world that knows its settings' level, or has not asked for them."""

    def __init__(self) -> None:
        self.level: str | None = None
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1

    def log_level(self) -> str | None:
        return self.level

    def judge(self) -> Callable[[Run, TimeLeft], Run]:
        """A use case."""
        return lambda run, _: run.then("watch")


def test_the_log_follows_its_level_from_one_invocation_to_the_next() -> None:
    stack = Stack()
    begun = warm(lambda: stack)
    for stack.level in ("DEBUG", "WARNING", "INFO"):
        assert begun() is stack
        set_level(stack)
        assert logger.log_level == logging.getLevelName(stack.level)
    assert stack.begun == 3


def test_a_task_that_needs_no_settings_keeps_the_level_that_it_has() -> None:
    stack = Stack()
    stack.level = "WARNING"
    set_level(stack)
    stack.level = None
    handler = task(lambda: stack, Stack.judge)
    assert handler(RUN.model_dump(mode="json", by_alias=True), Context())["next"] == "watch"
    assert logger.log_level == logging.WARNING
    logger.setLevel(logging.INFO)
