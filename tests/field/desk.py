"""A desk at which a described package is reviewed, decided about and asked to be released."""

import json
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber

from penstock.adapters.registry import SageMakerRegistry
from penstock.domain.execution.run import Run
from penstock.domain.home import Home
from penstock.domain.policy.allowed import Limits
from penstock.domain.reviewing.package import Package
from penstock.domain.reviewing.review import TRY_FOR
from penstock.usecases.claiming.admission import Admission
from penstock.usecases.claiming.resolve import Resolve
from penstock.usecases.reviewing.review import Reviewer
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.telling.teller import Teller
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.live_metrics import FakeLiveMetrics
from tests.fakes.policies import FakePolicies
from tests.fakes.records import FakeRecords
from tests.fakes.registry import FakeRegistry
from tests.fakes.reports import FakeReports
from tests.fakes.reviewing import FakeReviewing
from tests.fakes.reviews import FakeReviews
from tests.fakes.sweep_notes import FakeSweepNotes

INPUTS = Path(__file__).parent / "inputs"
HOME = Home("123456789012", "eu-west-1")
DEFAULTS = Limits(
    report_buckets=("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"), serving_roles=("*",)
)
"""What the stack allows with its parameters left alone."""
Case = dict[str, Any]


def case(name: str) -> Case:
    found: Case = json.loads((INPUTS / f"{name}.json").read_text())
    return found


def described(package: Case) -> Package:
    """A package as the adapter reads it from what DescribeModelPackage answers."""
    return _read(json.dumps(package))


@cache
def _read(text: str) -> Package:
    package = json.loads(text)
    answer = {
        "ModelPackageName": "churn",
        "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        **package,
    }
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    client: Any = session.client("sagemaker")
    with closing(client), Stubber(client) as stubber:
        stubber.add_response("describe_model_package", answer)
        return SageMakerRegistry(client).package(answer["ModelPackageArn"])


class Desk:
    """One package of one group, and whoever has to do with it."""

    def __init__(self, found: Case, reports: FakeReports | None = None) -> None:
        self.described: Case = found["package"]
        self.clock = FakeClock()
        self.registry, self.policies = FakeRegistry(), FakePolicies()
        self.policies.put("churn", json.dumps(found["policy"]))
        objects = {uri: text.encode() for uri, text in found.get("objects", {}).items()}
        self.reports = reports or FakeReports(objects)
        self.reviews, self.announcer, self.ledger = FakeReviews(), FakeAnnouncer(), FakeLedger()
        self.limits, self.notes = DEFAULTS, FakeSweepNotes()
        self.reviewer = Reviewer(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=self.reports,
            records=FakeRecords(),
            reviews=self.reviews,
            live=FakeLiveMetrics(),
            limits=lambda: self.limits,
            announcer=self.announcer,
            clock=self.clock,
            home=HOME,
        )
        self.change()

    @property
    def arn(self) -> str:
        return str(self.described["ModelPackageArn"])

    @property
    def approval(self) -> str:
        return self.registry.packages[self.arn].approval

    @property
    def told(self) -> list[str]:
        """What people were told, in one text each."""
        return self.announcer.for_people

    def change(self, **fields: Any) -> None:
        """UpdateModelPackage by somebody else; every review of ours so far stays."""
        self.described = {**self.described, **fields}
        self.registry.put(described(self.described))

    def review(self) -> str:
        return self.reviewer.review(self.arn).outcome

    def sweep(self) -> list[str]:
        due = DueReviews(self.registry, self.policies, self.reviews, self.clock)
        return [self.reviewer.review(arn).outcome for arn in due.due("churn")]

    def a_day_passes(self) -> None:
        """The sweep goes on, every four hours here."""
        for _ in range(7):
            self.clock.advance(TRY_FOR // 6000)
            self.sweep()

    def approve_by_hand(self) -> Run:
        """A person approves; the event starts an execution, of which this is the first task."""
        self.change(ModelApprovalStatus="Approved")
        reviewing = FakeReviewing(lambda arn: self.reviewer.review(arn, asked=True))
        admission = Admission(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=self.reports,
            reviews=self.reviews,
            live=FakeLiveMetrics(),
            limits=lambda: self.limits,
            home=HOME,
            reviewing=reviewing,
        )
        start = {
            "action": "release",
            "model_package_arn": self.arn,
            "approved_at": self.clock.now(),
        }
        resolve = Resolve(admission, Teller(self.announcer), self.ledger)
        return resolve(start, "arn:aws:states:e", self.clock.now())
