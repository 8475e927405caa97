"""A reviewer and everything around it, on fakes."""

import json
from dataclasses import dataclass, field
from typing import Any

from penstock.domain.home import Home
from penstock.domain.policy.allowed import Limits
from penstock.domain.reviewing.package import Container, Package, ReportSource
from penstock.usecases.reviewing.review import Reviewer
from penstock.usecases.reviewing.review_sweep import DueReviews
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.live_metrics import FakeLiveMetrics
from tests.fakes.packages import approved_package
from tests.fakes.policies import FakePolicies
from tests.fakes.records import FakeRecords
from tests.fakes.registry import FakeRegistry
from tests.fakes.reports import FakeReports
from tests.fakes.reviews import FakeReviews
from tests.fakes.sweep_notes import FakeSweepNotes

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
REPORT = "s3://models/churn/7/evaluation.json"
ARTEFACT = "s3://models/churn/7/model.tar.gz"
NOW = 1_800_000_000_000
BARS = [{"metric": "auc", "at_least": 0.85}, {"metric": "fpr", "at_most": 0.1}]
GOOD = b'{"auc": 0.9, "fpr": 0.05}'
BAD = b'{"auc": 0.9, "fpr": 0.3}'
ALLOWED = Limits(report_buckets=("arn:aws:s3:::models/*",), serving_roles=("*",))


def a_package(**changes: Any) -> Package:
    container = Container(image="ecr/churn:7", image_digest="sha256:i", model_data_url=ARTEFACT)
    pending: dict[str, Any] = {
        "arn": ARN,
        "approval": "PendingManualApproval",
        "containers": (container,),
        "reports": {"model_quality": ReportSource(uri=REPORT)},
        "metadata": {"team": "growth"},
    }
    package = approved_package("Churn", 7, NOW - 1000, **pending)
    return package.model_copy(update=changes)


def a_policy(endpoint: str = "churn", **approval: Any) -> str:
    return json.dumps({"endpoint": endpoint, "approval": {"bars": BARS} | approval})


@dataclass
class StoppedClock:
    """A clock that tests move."""

    at: int = NOW

    def now(self) -> int:
        return self.at


@dataclass
class World:
    """A reviewer and everything around it."""

    registry: FakeRegistry = field(default_factory=lambda: FakeRegistry(a_package()))
    policies: FakePolicies = field(default_factory=FakePolicies)
    reports: FakeReports = field(
        default_factory=lambda: FakeReports({REPORT: GOOD, ARTEFACT: b"model"})
    )
    records: FakeRecords = field(default_factory=FakeRecords)
    reviews: FakeReviews = field(default_factory=FakeReviews)
    live: FakeLiveMetrics = field(default_factory=FakeLiveMetrics)
    limits: Limits = ALLOWED
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    clock: StoppedClock = field(default_factory=StoppedClock)

    def __post_init__(self) -> None:
        self.policies.put("Churn", a_policy())

    @property
    def reviewer(self) -> Reviewer:
        return Reviewer(
            registry=self.registry,
            policies=self.policies,
            feeders=FakeSweepNotes(),
            reports=self.reports,
            records=self.records,
            reviews=self.reviews,
            live=self.live,
            limits=lambda: self.limits,
            announcer=self.announcer,
            clock=self.clock,
            home=Home("123456789012", "eu-west-1"),
        )

    def review(self, arn: str = ARN, *, asked: bool = False) -> str:
        return self.reviewer.review(arn, asked=asked).outcome

    def sweep(self) -> list[str]:
        due = DueReviews(self.registry, self.policies, self.reviews, self.clock)
        return [self.review(arn) for arn in due.due("Churn")]

    @property
    def package(self) -> Package:
        return self.registry.packages[ARN]

    @property
    def untouched(self) -> bool:
        return not self.registry.decisions and not self.announcer.said and not self.records.kept
