"""What the demo's report says about what was recorded, and the page made of it."""

import base64
import json
import re
from pathlib import Path

import pytest

from examples.demo import figures
from examples.demo.comparison import picture
from examples.demo.operator import POLICY
from examples.demo.page import page, write
from examples.demo.recording import Instant, Moment, Recording, Request, Sample
from examples.demo.report import Bar, Check, Ending, Report, Scenario
from penstock.domain.policy.policy import parse_policy

SPEED = 60


def at(minute: float) -> Instant:
    return Instant(1_000_000 + minute * 60, 5 + minute * 60 / SPEED)


def recorded() -> Recording:
    """A candidate that takes 20 % from minute 6, fails from minute 7 and is shut off at 10.5."""
    shares = {0.1: 0.0, 6.0: 20.0, 6.1: 20.0, 10.5: 0.0, 14.0: 0.0}
    recording = Recording(began=at(0))
    recording.samples = [
        Sample(at(minute), "InService", {"better": 100 - share, "hasty": share})
        for minute, share in shares.items()
    ]
    recording.requests = [Request(at(m / 10), "live", "better", False) for m in range(140)]
    recording.requests += [
        Request(at(6 + m / 10), "candidate", "hasty", failed=m >= 10 and m % 5 == 0)
        for m in range(45)
    ]
    recording.moments = [
        Moment(at(0.2), "Model Package Reviewed", "all bars passed"),
        Moment(at(0.3), "Release Started", "<b>hasty</b> & co"),
        Moment(at(10.0), "Alarm", "the candidate fails", bad=True),
    ]
    return recording


def scenario(expected: Ending = "rolled_back", outcome: Ending = "rolled_back") -> Scenario:
    recording = recorded()
    return Scenario(
        name="faulty",
        title="A model that fails",
        story="Rows with missing values are refused.",
        model="hasty",
        expected=expected,
        outcome=outcome,
        reason="an alarm fired",
        checks=[Check(words="better serves everything again", passed=True)],
        seconds=14.0,
        simulated_seconds=840.0,
        requests=figures.answered(recording.requests),
        first_bad_request_to_restored=figures.restored(recording),
        bars=[Bar(rule="auc at least 0.9", value="0.98", passed=True)],
        timeline=figures.told(recording),
        shares=figures.steps(recording),
        minutes=figures.minutes(recording),
    )


def report(*scenarios: Scenario) -> Report:
    return Report(
        banner="local twin, speed 60, not AWS",
        speed=SPEED,
        not_enforced=["signatures"],
        seconds=61.0,
        peak_memory_mib=700.0,
        scenarios=list(scenarios),
    )


def test_requests_are_counted_for_each_model_behind_each_variant() -> None:
    rows = {row.variant: row for row in figures.answered(recorded().requests)}
    assert (rows["live"].served, rows["live"].failed) == (140, 0)
    assert (rows["candidate"].served, rows["candidate"].failed) == (38, 7)


def test_time_to_restore_runs_from_the_first_bad_request_on_both_clocks() -> None:
    restored = figures.restored(recorded())
    assert restored is not None
    assert restored.simulated_seconds == pytest.approx(3.5 * 60)
    assert restored.real_seconds == pytest.approx(3.5)
    assert restored.bad_requests == 7


def test_without_a_bad_request_nothing_was_restored() -> None:
    recording = recorded()
    recording.requests = [request for request in recording.requests if not request.failed]
    assert figures.restored(recording) is None


def test_traffic_that_never_came_back_is_not_called_restored() -> None:
    recording = recorded()
    recording.samples = recording.samples[:3]
    assert figures.restored(recording) is None


def test_requests_are_binned_by_simulated_minute() -> None:
    by_minute = {(row.minute, row.model): row for row in figures.minutes(recorded())}
    assert by_minute[0, "better"].served == 10
    assert by_minute[7, "hasty"].failed == 2


def test_only_changes_of_the_shares_are_kept_and_the_end() -> None:
    assert [step.minute for step in figures.steps(recorded())] == [0.1, 6.0, 10.5, 14.0]


def test_a_report_stands_only_when_every_scenario_ended_as_expected() -> None:
    assert report(scenario()).as_expected
    assert not report(scenario(), scenario(outcome="promoted")).as_expected
    assert not report().as_expected


def test_a_claimed_ending_that_a_check_contradicts_is_not_as_expected() -> None:
    contradicted = [Check(words="better serves everything again", passed=False)]
    assert not report(scenario().model_copy(update={"checks": contradicted})).as_expected


def test_both_files_are_written_and_the_json_reads_back(tmp_path: Path) -> None:
    write(report(scenario()), tmp_path)
    text = (tmp_path / "report.json").read_text()
    assert Report.model_validate_json(text) == report(scenario())
    assert '"as_expected": true' in text
    assert (tmp_path / "report.html").read_text() == page(report(scenario()))


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    text = page(report(scenario()))
    assert not re.search(r"https?://|<script|<link|url\(|@import|\ssrc=", text)


def test_words_from_outside_are_escaped() -> None:
    text = page(report(scenario()))
    assert "<b>hasty</b>" not in text
    assert "&lt;b&gt;hasty&lt;/b&gt; &amp; co" in text


def test_the_page_says_where_it_ran_and_what_is_not_enforced() -> None:
    text = page(report(scenario()))
    assert "local twin, speed 60, not AWS" in text
    assert "<li>signatures</li>" in text


def test_a_scenario_that_ended_otherwise_is_marked() -> None:
    text = page(report(scenario(expected="promoted")))
    assert "rolled back, expected promoted" in text
    assert "NOT as expected" in text


def test_the_page_can_be_drawn_of_a_scenario_in_which_nothing_was_seen() -> None:
    empty = scenario().model_copy(update={"shares": [], "minutes": [], "timeline": []})
    assert "<svg" in page(report(empty))


def test_the_comparison_is_a_picture_inside_the_page() -> None:
    counts = {"nb": 570, "xb": 1, "nc": 30, "xc": 3}
    minutes = [{"minute": n, "weight": 0.05, "metrics": {"errors": counts}} for n in range(3)]
    transcript = json.dumps({"minutes": minutes})
    policy = parse_policy(POLICY.read_text(), "1")
    drawn = picture(transcript, policy, "rolled_back", "the candidate is worse than live")
    assert "Rolled back at minute 2" in drawn
    assert "rolls back at 125:1" in drawn
    encoded = base64.b64encode(drawn.encode()).decode()
    text = page(report(scenario().model_copy(update={"comparison": drawn})))
    assert f'src="data:image/svg+xml;base64,{encoded}"' in text
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
