"""What a wait says, and how often it looks."""

import pytest

from penstock.domain.execution.waits import until_calm, wait_for
from penstock.domain.moments import MINUTE_MS


@pytest.mark.parametrize(
    ("minutes", "says"), [(60, "1 hour"), (120, "2 hours"), (90, "90 minutes"), (10, "10 minutes")]
)
def test_a_limit_is_said_exactly(minutes: int, says: str) -> None:
    wait = wait_for("live", "live has 1 of 2 instances", minutes * MINUTE_MS)
    assert wait.overdue == f"live has 1 of 2 instances, after {says} of waiting"


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 30), (10, 30), (40, 120), (80, 240)])
def test_it_is_late_by_a_twentieth_at_most_and_by_four_minutes(minutes: int, seconds: int) -> None:
    assert until_calm("Updating").poll_seconds(minutes * MINUTE_MS) == seconds
    assert until_calm("Updating").poll_seconds(500 * MINUTE_MS) == 240


def test_a_call_without_an_answer_is_not_tried_again_before_its_lock_is_over() -> None:
    wait = wait_for("answer", "no answer")._replace(seconds=90)
    assert wait.poll_seconds(0) == 90
