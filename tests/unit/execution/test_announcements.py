"""What Penstock tells: every event has its fields, its schema and a text for people."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from docs.make_schema import schemas
from penstock.domain.execution.announcements import (
    Announcement,
    AnswerSeen,
    ApprovalNeeded,
    AttentionNeeded,
    EndpointDrifted,
    GoldenRequestsMissed,
    PackageQuarantined,
    ReleaseJudged,
    ReleaseObserved,
    ReleasePromoted,
    ReleaseRefused,
    ReleaseRolledBack,
    ReleaseStarted,
    ReleaseSuperseded,
    RollbackDone,
    TrafficShifted,
)
from penstock.domain.execution.published import EVERY
from penstock.domain.judging.assessment import SignalSeen
from penstock.domain.reviewing.announcement import ModelPackageReviewed
from penstock.domain.reviewing.bars import BarResult

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
RELEASE: dict[str, Any] = {
    "release_id": "0123456789",
    "endpoint": "churn",
    "model_package_arn": ARN,
    "reason": "every step passed",
}
BAR = BarResult(
    metric="auc",
    report="model_quality",
    rule="at_least",
    threshold=0.85,
    value=0.9,
    verdict="pass",
    sentence="auc is 0.9, which is at least 0.85",
)
REVIEWED = ModelPackageReviewed(
    endpoint="churn",
    model_package_arn=ARN,
    reason="every bar passed",
    group="churn",
    decision="approved",
    mode="automatic",
    passed=True,
    bars=(BAR,),
    policy_version="3",
    evidence_uri="s3://evidence/reviews/churn/7/1.json",
)
EXAMPLES: list[Announcement] = [
    REVIEWED,
    ReleaseStarted(**RELEASE, strategy="canary", stages=("5 % for 10 minutes",)),
    TrafficShifted(**RELEASE, from_percent=0, to_percent=5),
    ReleaseJudged(**RELEASE, verdict="hold", previous_verdict="advance", percent=5),
    ApprovalNeeded(
        **RELEASE,
        gate="before_promotion",
        approvals=2,
        hours=24,
        until="2026-03-03T09:00:00Z",
        look_at=("judged so far: calm for 30 minutes",),
        what_follows=("all requests to the new package",),
        input='{"action": "answer"}',
    ),
    ReleasePromoted(
        **RELEASE, answers=(AnswerSeen(gate="before_promotion", approve=True, by="ana", at=1),)
    ),
    ReleaseRolledBack(**RELEASE, live_model_package_arn=ARN, tidy="pending"),
    ReleaseObserved(**RELEASE, live_model_package_arn=ARN),
    ReleaseRefused(reason="the input has an unknown key"),
    ReleaseSuperseded(**RELEASE, newer_model_package_arn=ARN),
    RollbackDone(**RELEASE, live_model_package_arn=ARN),
    GoldenRequestsMissed(
        **RELEASE,
        requests=20,
        needed=20,
        misses=1,
        first_request="row 7",
        expected="0.83",
        answer="0.11",
        sha256="a" * 64,
    ),
    PackageQuarantined(**RELEASE, digests=("etag:9b2cf535", "image:sha256:0a1b")),
    EndpointDrifted(endpoint="churn", reason="somebody changed it", differences=("weights",)),
    AttentionNeeded(endpoint="churn", reason="it is stuck", advice="look at the endpoint"),
]


def test_every_event_has_an_example_here() -> None:
    assert [type(example) for example in EXAMPLES] == list(EVERY)


def test_the_detail_types_are_those_of_the_contract() -> None:
    assert [announcement.detail_type for announcement in EVERY] == [
        "Model Package Reviewed",
        "Release Started",
        "Traffic Shifted",
        "Release Judged",
        "Approval Needed",
        "Release Promoted",
        "Release Rolled Back",
        "Release Observed",
        "Release Refused",
        "Release Superseded",
        "Rollback Done",
        "Golden Requests Missed",
        "Package Quarantined",
        "Endpoint Drifted",
        "Attention Needed",
    ]


def test_endings_and_calls_for_help_are_for_people() -> None:
    assert [example.detail_type for example in EXAMPLES if example.for_people] == [
        "Approval Needed",
        "Release Promoted",
        "Release Rolled Back",
        "Release Observed",
        "Release Refused",
        "Release Superseded",
        "Rollback Done",
        "Package Quarantined",
        "Attention Needed",
    ]


@pytest.mark.parametrize("mode", ["automatic", "manual"])
def test_a_review_is_for_people_where_they_have_to_decide(mode: str) -> None:
    assert REVIEWED.model_copy(update={"decision": "left_pending", "mode": mode}).for_people


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
class TestEach:
    """What holds for every event."""

    def test_it_carries_the_common_fields(self, example: Announcement) -> None:
        detail = example.model_dump(mode="json")
        assert detail.keys() >= {"release_id", "endpoint", "model_package_arn", "reason"}

    def test_its_schema_fits(self, example: Announcement) -> None:
        name = example.detail_type.lower().replace(" ", "-")
        texts = {path.name: text for path, text in schemas().items()}
        schema = json.loads(texts[f"{name}.schema.json"])
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(example.model_dump_json()), schema)

    def test_its_text_begins_with_the_reason(self, example: Announcement) -> None:
        assert example.text().partition("\n\n")[0] == example.reason
        assert "None" not in example.text()

    def test_it_has_no_other_fields_and_does_not_change(self, example: Announcement) -> None:
        with pytest.raises(ValidationError):
            type(example).model_validate(example.model_dump() | {"more": 1})
        with pytest.raises(ValidationError):
            example.reason = "another"


def test_the_text_lists_every_bar_as_a_sentence() -> None:
    assert "Bars:\n- auc is 0.9, which is at least 0.85\n" in REVIEWED.text()


def test_the_text_names_what_has_a_value() -> None:
    assert EXAMPLES[2].text().splitlines() == [
        "every step passed",
        "",
        "Release id: 0123456789",
        "Endpoint: churn",
        f"Model package arn: {ARN}",
        "From percent: 0.0",
        "To percent: 5.0",
    ]


@given(st.text())
def test_any_subject_is_what_sns_takes(endpoint: str) -> None:
    subject = AttentionNeeded(endpoint=endpoint, reason="look").subject()
    assert subject.startswith("Penstock: Attention Needed: ")
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_the_published_schema_is_in_step(path: Path) -> None:
    assert path.read_text() == schemas()[path], "run docs/make_schema.py"


def test_no_schema_is_published_that_nothing_makes() -> None:
    docs = Path(__file__).parents[3] / "docs"
    assert set(docs.rglob("*.schema.json")) == {*schemas()}


def test_the_text_lists_what_is_no_sentence_field_by_field() -> None:
    seen = SignalSeen(
        name="errors",
        candidate_requests=5,
        candidate_bad=1,
        live_requests=95,
        live_bad=0,
        log_e=0.5,
        harm_at_most=2,
    )
    judged = ReleaseJudged(**RELEASE, verdict="hold", percent=5, log_e=0.5, signals=(seen,))
    assert judged.text().splitlines()[5:] == [
        "Verdict: hold",
        "Percent: 5.0",
        "Log e: 0.5",
        "Signals:",
        "- name errors, candidate_requests 5.0, candidate_bad 1.0, live_requests 95.0, "
        "live_bad 0.0, log_e 0.5, harm_at_most 2.0",
    ]


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ({"endpoint": "churn", "model_package_arn": ARN}, "churn"),
        ({"model_package_arn": ARN}, ARN),
        ({}, "no endpoint"),
        ({"endpoint": "~ü\n"}, "~??"),
    ],
)
def test_the_subject_names_the_endpoint_or_else_the_package(
    about: dict[str, str], subject: str
) -> None:
    said = AttentionNeeded(**about, reason="look")
    assert said.subject() == f"Penstock: Attention Needed: {subject}"
