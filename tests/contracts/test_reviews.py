"""The memory of reviews: the fake and the ledger's adapter keep one contract."""

import time
from collections.abc import Callable

import boto3
import pytest

from penstock.adapters.ledger import DynamoLedger
from penstock.domain.errors import Damaged
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.ledger.place import Key
from penstock.domain.reviewing.bars import BarResult
from penstock.domain.reviewing.review import Bound, Review
from penstock.ports.ledger import Reviews
from tests.fakes.reviews import FakeReviews
from tests.worlds.ledger_table import made_table

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
MISSING = BarResult(
    metric="auc || '\"'",
    report="model_quality",
    rule="at_least",
    threshold=0.85,
    value=None,
    verdict="miss",
    sentence="auc is missing",
)
TINY = MISSING.model_copy(update={"value": 1e-200, "live_value": 1e300, "verdict": "pass"})
REVIEW = Review(
    model_package_arn=ARN,
    group="Churn",
    endpoint="churn",
    policy_version="3",
    mode="manual",
    outcome="left_pending",
    verdict="miss",
    reason="auc is missing",
    results=(MISSING, TINY),
    first_tried_at=1_800_000_000_000,
    reviewed_at=1_800_000_000_001,
    fingerprint="0123456789abcdef",
    description="Penstock leaves the decision on this package to a person",
    evidence_uri="s3://evidence/reviews/Churn/7/0123456789abcdef.json",
    bound=Bound(reports={"s3://r": "sha256:1"}, artefacts={"s3://a": "etag:1"}),
    metrics={"model_quality": {"document": {"auc": {"value": 0.1}, "n": 3.0}, "values": {}}},
)


def on_dynamo() -> Reviews:
    return DynamoLedger(made_table(), "ledger", time.sleep)


def test_a_review_that_was_edited_is_damaged(aws: None) -> None:
    on_dynamo()
    dynamo = boto3.client("dynamodb")
    edited = {"outcome": {"S": "whatever"}, "group": {"N": "1"}}
    key = {"pk": {"S": f"package#{ARN}"}, "sk": {"S": "review"}}
    dynamo.put_item(TableName="ledger", Item={**key, **edited})
    fake = FakeReviews()
    fake.spoil(ARN)
    for reviews in (DynamoLedger(dynamo, "ledger", time.sleep), fake):
        with pytest.raises(Damaged, match=r"was edited and cannot be read: .*outcome"):
            reviews.remembered(ARN)


@pytest.fixture(params=[FakeReviews, on_dynamo])
def reviews(request: pytest.FixtureRequest, aws: None) -> Reviews:
    make: Callable[[], Reviews] = request.param
    return make()


def test_nothing_is_remembered_of_an_unknown_package(reviews: Reviews) -> None:
    assert reviews.remembered(ARN) is None


def test_a_review_is_remembered_as_it_was(reviews: Reviews) -> None:
    reviews.remember(REVIEW)
    assert reviews.remembered(ARN) == REVIEW


def test_the_last_one_counts(reviews: Reviews) -> None:
    reviews.remember(REVIEW)
    later = Review(
        model_package_arn=ARN,
        group="Churn",
        outcome="no_verdict",
        verdict="no_verdict",
        reason="no policy",
        first_tried_at=1,
        reviewed_at=2,
    )
    reviews.remember(later)
    assert reviews.remembered(ARN) == later


def test_a_review_and_the_gates_that_release_its_package_lie_apart(aws: None) -> None:
    kept = DynamoLedger(made_table(), "ledger", time.sleep)
    kept.remember(REVIEW)
    assert kept.of_package(ARN) == []
    kept.write(Key("churn"), GateWrite(conditions=(), assign={"package": ARN}))
    assert kept.of_package(ARN) == ["churn"]
    assert kept.remembered(ARN) == REVIEW
