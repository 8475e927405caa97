"""What every task says in the log and the metrics."""

import json
import logging

import pytest

from penstock.domain.errors import Unavailable
from penstock.domain.run import Run
from penstock.entry import logger, said, warm

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


class Settings:
    """A world whose settings change, or cannot be read."""

    def __init__(self) -> None:
        self.level, self.error = "INFO", ""

    def begin(self) -> str:
        if self.error:
            raise Unavailable(self.error)
        return self.level


def test_the_log_follows_its_level_from_one_invocation_to_the_next() -> None:
    stack = Settings()
    begun = warm(lambda: stack)
    for stack.level in ("DEBUG", "WARNING", "INFO"):
        assert begun() is stack
        assert logger.log_level == logging.getLevelName(stack.level)


def test_settings_that_cannot_be_read_leave_the_level_and_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "penstock")
    stack = Settings()
    begun = warm(lambda: stack)
    begun()
    stack.error = "throttled"
    assert begun() is stack
    assert logger.log_level == logging.INFO
    assert metrics(capsys.readouterr().out) == ["Trouble"]
