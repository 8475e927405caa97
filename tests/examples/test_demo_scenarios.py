"""What the demo reads out of events and endings, and what it checks for itself."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from examples.demo.moments import bars_of, harm_before_restore, moment_of, review_of
from examples.demo.recording import Instant, Recording, Request, Sample
from examples.demo.report import Ending
from examples.demo.scenarios import Ended, summary
from examples.demo.scripts import SCRIPTS, Script
from examples.screening import candidates
from examples.screening.candidates import SWAPPED
from twin.observations import Execution

AT = Instant(100.0, 1.0)
FIRST, BETTER, FAILING, BELOW = SCRIPTS
SHIELDED = Script("disagrees", "A shadow", SWAPPED, "rolled_back", candidates.BETTER, shielded=True)


def event(source: str, title: str, **detail: Any) -> dict[str, Any]:
    return {"source": source, "detail-type": title, "detail": detail}


def alarm(name: str = "penstock-screening-errors", value: str = "ALARM") -> dict[str, Any]:
    state = {"value": value, "reason": "two points above"}
    return event("aws.cloudwatch", "CloudWatch Alarm State Change", alarmName=name, state=state)


ROLLED_BACK = event("penstock", "Release Rolled Back", reason="the alarm fired")


def review(decision: str, verdict: str = "miss") -> dict[str, Any]:
    bar = {
        "metric": "binary_classification_metrics.auc",
        "rule": "at_least",
        "threshold": 0.9,
        "value": 0.80514,
        "verdict": verdict,
    }
    return event("penstock", "Model Package Reviewed", decision=decision, bars=[bar])


def execution(status: str, **said: Any) -> Execution:
    return Execution(
        arn="arn",
        name="name",
        status=status,
        started=datetime.now(UTC),
        stopped=None,
        input={},
        output=said if status == "SUCCEEDED" else None,
        error=None if status == "SUCCEEDED" else "RolledBack",
        cause=said if status == "FAILED" else None,
        read_history=list,
    )


def ended(script: Any, approval: str, run: Execution | None, **seen: Any) -> Ended:
    recording = Recording(Instant(0.0, 0.0))
    recording.samples = [Sample(AT, "InService", seen.get("shares", {script.serves.name: 100.0}))]
    recording.requests = [
        Request(AT, "live", script.serves.name, False),
        *(Request(AT, "candidate", name, True) for name in seen.get("failed", ())),
    ]
    package = {"ModelApprovalStatus": approval}
    return Ended(script, "screening", package, run, recording, seen.get("events", ()), AT)


@pytest.mark.parametrize(
    ("approval", "run", "outcome"),
    [
        ("Approved", execution("SUCCEEDED", ending="promoted", reason="calm"), "promoted"),
        ("Approved", execution("FAILED", ending="rolled_back", reason="harm"), "rolled_back"),
        ("Approved", execution("SUCCEEDED", ending="observed", reason="no harm"), "observed"),
        ("Approved", execution("FAILED", ending="refused", reason="drifted"), "unfinished"),
        ("Approved", execution("RUNNING"), "unfinished"),
        ("Rejected", None, "rejected"),
        ("Rejected", execution("RUNNING"), "unfinished"),
    ],
)
def test_the_outcome_is_what_registry_and_execution_say(
    approval: str, run: Execution | None, outcome: Ending
) -> None:
    assert ended(BETTER, approval, run).outcome == outcome


def test_the_reason_of_a_rejection_is_the_bar_that_was_missed() -> None:
    rejected = ended(BELOW, "Rejected", None, events=[review("rejected")])
    assert rejected.reason == "rejected, misses auc at least 0.9: 0.805"
    assert summary(rejected).as_expected


def test_a_registration_that_nobody_answered_is_unfinished_and_says_so() -> None:
    silent = ended(BETTER, "PendingManualApproval", None)
    assert silent.outcome == "unfinished"
    assert silent.reason == "nothing happened after the registration"


def test_of_an_approval_no_bar_needs_naming() -> None:
    assert review_of(review("approved", verdict="pass")) == "approved, all 1 bars passed"


def test_a_promotion_in_which_a_request_failed_is_not_as_expected() -> None:
    run = execution("SUCCEEDED", ending="promoted", reason="calm")
    assert summary(ended(BETTER, "Approved", run)).as_expected
    assert not summary(ended(BETTER, "Approved", run, failed=["first"])).as_expected


def test_a_rollback_without_an_alarm_is_not_as_expected() -> None:
    run = execution("FAILED", ending="rolled_back", reason="harm")
    good = ended(FAILING, "Approved", run, failed=["hasty"], events=[alarm(), ROLLED_BACK])
    silent = ended(FAILING, "Approved", run, failed=["hasty"], events=[ROLLED_BACK])
    assert summary(good).as_expected
    assert not summary(silent).as_expected


def test_a_rollback_that_left_traffic_on_the_candidate_is_not_as_expected() -> None:
    run = execution("FAILED", ending="rolled_back", reason="harm")
    shares = {"better": 80.0, "hasty": 20.0}
    events = [alarm(), ROLLED_BACK]
    left = ended(FAILING, "Approved", run, failed=["hasty"], events=events, shares=shares)
    assert not summary(left).as_expected


def test_a_shadow_that_goes_back_may_hurt_nobody_and_answer_nobody() -> None:
    run = execution("FAILED", ending="rolled_back", reason="it answers otherwise")
    judged = event("penstock", "Release Judged", endpoint="screening", verdict="roll_back")
    events = [judged, ROLLED_BACK]
    assert summary(ended(SHIELDED, "Approved", run, events=events)).as_expected
    assert not summary(ended(SHIELDED, "Approved", run, events=[ROLLED_BACK])).as_expected
    for harmed in (["better"], ["swapped"]):
        hurt = ended(SHIELDED, "Approved", run, events=events, failed=harmed)
        assert not summary(hurt).as_expected


def test_a_shadow_whose_answer_reached_a_caller_is_not_as_expected() -> None:
    run = execution("SUCCEEDED", ending="observed", reason="the test is over")
    observed = replace(SHIELDED, expected="observed")
    assert summary(ended(observed, "Approved", run)).as_expected
    leaked = ended(observed, "Approved", run)
    leaked.recording.requests.append(Request(AT, "candidate", "swapped", False))
    assert not summary(leaked).as_expected


def test_only_an_alarm_of_penstocks_own_that_came_first_counts() -> None:
    assert harm_before_restore([alarm(), ROLLED_BACK], "screening")
    assert not harm_before_restore([ROLLED_BACK, alarm()], "screening")
    assert not harm_before_restore(
        [alarm(name="penstock-function-errors"), ROLLED_BACK], "screening"
    )
    assert not harm_before_restore([alarm(value="OK"), ROLLED_BACK], "screening")


def test_a_verdict_that_came_first_counts() -> None:
    def judged(verdict: str) -> dict[str, Any]:
        return event("penstock", "Release Judged", endpoint="screening", verdict=verdict)

    assert harm_before_restore([judged("roll_back"), ROLLED_BACK], "screening")
    assert not harm_before_restore([judged("hold"), ROLLED_BACK], "screening")
    assert not harm_before_restore([judged("roll_back"), ROLLED_BACK], "other")


def test_moments_are_told_of_what_penstock_says_and_of_alarms_that_fire() -> None:
    rolled_back = moment_of(ROLLED_BACK, AT)
    assert rolled_back is not None
    assert (rolled_back.title, rolled_back.text) == ("Release Rolled Back", "the alarm fired")
    assert rolled_back.bad
    assert moment_of(alarm(), AT) is not None
    assert moment_of(alarm(value="OK"), AT) is None
    assert moment_of(event("aws.states", "Step Functions Execution Status Change"), AT) is None


def test_only_the_registration_of_a_package_is_told_not_its_later_edits() -> None:
    package = {
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelPackageGroupName": "screening",
        "ModelPackageVersion": 3,
    }
    title = "SageMaker Model Package State Change"
    told = moment_of(event("aws.sagemaker", title, **package), AT)
    assert told is not None
    assert told.text == "screening/3 waits for approval"
    edited = {**package, "UpdatedModelPackageFields": ["CustomerMetadataProperties"]}
    assert moment_of(event("aws.sagemaker", title, **edited), AT) is None


def test_bars_are_told_with_what_they_found() -> None:
    assert [(one.rule, one.value, one.passed) for one in bars_of(review("rejected"))] == [
        ("auc at least 0.9", "0.805", False)
    ]


def test_a_bar_against_live_is_told_with_both_figures() -> None:
    bar = {
        "metric": "binary_classification_metrics.auc",
        "rule": "at_least_vs_live",
        "threshold": -0.005,
        "value": 0.80514,
        "live_value": 0.9887,
        "verdict": "miss",
    }
    (told,) = bars_of(event("penstock", "Model Package Reviewed", bars=[bar]))
    assert (told.rule, told.value) == ("auc at least live - 0.005", "0.805, live 0.989")
