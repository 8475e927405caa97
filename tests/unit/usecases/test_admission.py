"""Whether a package may be released at all, and how the request for it begins."""

import json
from contextlib import suppress
from hashlib import md5
from typing import Any, ClassVar

import pytest

from penstock.domain.errors import Missing, Refused, Unavailable, Waiting
from penstock.domain.execution.request import parse_request
from penstock.domain.home import Home
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.policy.allowed import Limits
from penstock.domain.reviewing.package import Container, Package, ReportSource
from penstock.domain.reviewing.review import Bound, Review
from penstock.usecases.claiming.admission import Admission, Admitted
from penstock.usecases.claiming.resolve import Resolve
from penstock.usecases.telling.teller import Teller
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.ledger import FakeLedger
from tests.fakes.live_metrics import FakeLiveMetrics
from tests.fakes.policies import FakePolicies
from tests.fakes.registry import FakeRegistry
from tests.fakes.reports import FakeReports
from tests.fakes.reviewing import FakeReviewing
from tests.fakes.reviews import FakeReviews
from tests.fakes.sweep_notes import FakeSweepNotes
from tests.worlds.setups import ARN, DIGEST, package

MODEL = "s3://models/7/model.tar.gz"
REPORT = "s3://models/7/evaluation.json"
POLICY: dict[str, Any] = {"endpoint": "churn", "approval": {"mode": "manual"}}
START = {"action": "release", "model_package_arn": ARN}


class World:
    """An approved package with an artefact, and the policy of its group."""

    def __init__(self) -> None:
        container = Container(image="image:1", model_data_url=MODEL)
        self.package = package().model_copy(update={"containers": (container,)})
        self.registry = FakeRegistry(self.package)
        self.policies = FakePolicies()
        self.reports = FakeReports({MODEL: b"weights"})
        self.reviews = FakeReviews()
        self.notes = FakeSweepNotes()
        self.announcer = FakeAnnouncer()
        self.live = FakeLiveMetrics()
        self.reviewing = FakeReviewing(lambda _: None)
        self.ledger = FakeLedger()
        self.policy()

    @property
    def admission(self) -> Admission:
        return Admission(
            registry=self.registry,
            policies=self.policies,
            feeders=self.notes,
            reports=self.reports,
            reviews=self.reviews,
            live=self.live,
            limits=lambda: Limits(report_buckets=("arn:aws:s3:::models/*",)),
            home=Home("123456789012", "eu-west-1"),
            reviewing=self.reviewing,
        )

    def policy(self, group: str = "churn", **changes: Any) -> None:
        self.policies.put(group, json.dumps(POLICY | changes))

    def change(self, **changes: Any) -> None:
        changed = self.package.model_copy(update=changes)
        self.registry.put(Package.model_validate(changed.model_dump()))

    def review(self, **changes: Any) -> None:
        """A person approved it, over what was reviewed."""
        fields: dict[str, Any] = {
            "model_package_arn": ARN,
            "group": "churn",
            "endpoint": "churn",
            "policy_version": "1",
            "mode": "manual",
            "outcome": "left_pending",
            "verdict": "pass",
            "reason": "every bar passed",
            "first_tried_at": 1,
            "reviewed_at": 1,
            "fingerprint": "f",
            "description": "d",
            "evidence_uri": "s3://e",
            "bound": Bound(artefacts={MODEL: self.reports.artefact(MODEL)}),
            "metrics": {"model_quality": {"document": {"auc": 0.9}, "values": {}}},
        }
        self.reviews.remember(Review.model_validate(fields | changes))

    def admit(self, **more: Any) -> Admitted:
        return self.admission(parse_request(START | more))

    def resolve(self, document: object) -> Any:
        return Resolve(self.admission, Teller(self.announcer), self.ledger)(
            document, "arn:execution", 5
        )


@pytest.fixture
def world() -> World:
    return World()


def test_what_was_reviewed_is_admitted_with_its_metrics(world: World) -> None:
    world.review()
    admitted = world.admit()
    assert admitted.policy.endpoint == "churn"
    assert admitted.metrics["model_quality"] == {"document": {"auc": 0.9}, "values": {}}
    assert admitted.notes == ()


def test_a_person_s_approval_over_a_miss_counts_and_is_said(world: World) -> None:
    world.review(verdict="miss", reason="auc is 0.5")
    assert world.admit().notes == ("approved over a recorded miss: auc is 0.5",)


def test_what_was_judged_has_to_be_what_is_there(world: World) -> None:
    world.review()
    world.reports.put(MODEL, b"other weights")
    with pytest.raises(Refused) as refused:
        world.admit()
    was, is_ = (
        f"etag:{md5(d, usedforsecurity=False).hexdigest()}" for d in (b"weights", b"other weights")
    )
    assert str(refused.value) == (
        f"the package is not what was reviewed: the artefact {MODEL} was {was} at the review "
        f"and is {is_} now"
    )


@pytest.mark.parametrize("uri", [MODEL, REPORT])
@pytest.mark.parametrize("reviewed", [True, False])
def test_a_report_that_s3_cannot_answer_for_now_refuses_nothing(
    world: World, uri: str, reviewed: bool
) -> None:
    world.change(reports={"model_quality": ReportSource(uri=REPORT)})
    world.reports.put(REPORT, b"{}")
    if reviewed:
        world.review()
    world.reports.throttled.add(uri)
    with pytest.raises(Unavailable, match=uri):
        world.admit()


def test_everything_that_is_not_as_it_was_judged_is_named(world: World) -> None:
    bound = Bound(artefacts={"s3://a": "etag:1"}, images={"image:0": "sha256:0"})
    world.review(bound=bound)
    with pytest.raises(Refused) as refused:
        world.admit()
    assert str(refused.value).count("; the ") == 2


@pytest.mark.parametrize(
    ("unreviewed", "note"),
    [
        ("review", "approved without a review; reviewed before the release"),
        ("accept", "approved without a review, which the policy accepts"),
    ],
)
def test_what_nobody_reviewed_is_up_to_the_policy(world: World, unreviewed: str, note: str) -> None:
    """Its reports are kept either way, for the comparison with those that come later."""
    world.policy(approval={"mode": "manual", "unreviewed": unreviewed})
    world.change(reports={"model_quality": ReportSource(uri=REPORT)})
    world.reports.put(REPORT, b'{"auc": 0.9}')
    admitted = world.admit()
    assert admitted.notes == (note,)
    assert admitted.metrics == {"model_quality": {"document": {"auc": 0.9}, "values": {}}}


def test_what_nobody_reviewed_may_be_refused(world: World) -> None:
    world.policy(approval={"mode": "manual", "unreviewed": "refuse"})
    with pytest.raises(Refused) as refused:
        world.admit()
    assert str(refused.value) == (
        "the package was approved without a review, and the policy refuses such packages "
        "(approval.unreviewed)"
    )


def test_a_bar_on_live_is_asked_of_what_is_live(world: World) -> None:
    bars = [{"metric": "auc", "at_least_vs_live": 0}]
    world.policy(approval={"mode": "automatic", "bars": bars})
    world.change(reports={"model_quality": ReportSource(uri=REPORT)})
    world.reports.put(REPORT, b'{"auc": 0.9}')
    world.live.kept["churn"] = {"model_quality": {"document": {"auc": 0.95}}}
    with pytest.raises(Refused, match=r"live's is 0\.95"):
        world.admit()


@pytest.mark.parametrize("unreviewed", ["review", "accept", "refuse"])
def test_a_person_s_approval_over_no_verdict_counts_and_is_said(
    world: World, unreviewed: str
) -> None:
    """Attention Needed advises it: like the one over a miss, it is an override."""
    bars = [{"metric": "auc", "at_least": 0.8}]
    world.policy(approval={"mode": "automatic", "bars": bars, "unreviewed": unreviewed})
    world.change(reports={"model_quality": ReportSource(uri="s3://models/7/never.json")})
    unread = "auc is unknown: the report cannot be read"
    world.review(outcome="no_verdict", verdict="no_verdict", reason=unread, bound=Bound())
    assert world.admit().notes == (f"approved without a verdict: {unread}",)


def test_a_memory_that_was_edited_refuses_and_names_it(world: World) -> None:
    world.reviews.spoil(ARN)
    with pytest.raises(Refused, match=r"the ledger's review of .* was edited"):
        world.admit()


class TestReviewedOnTheWay:
    """Approved before anybody reviewed it: the review is asked for, and leaves its record."""

    BARS: ClassVar[list[Any]] = [{"metric": "auc", "at_least": 0.8}]

    @pytest.fixture
    def unseen(self, world: World) -> World:
        world.policy(approval={"bars": self.BARS})
        world.change(reports={"model_quality": ReportSource(uri=REPORT)})
        world.reports.put(REPORT, b'{"auc": 0.9}')
        world.reviewing = FakeReviewing(lambda _: self.reviewed(world))
        return world

    def reviewed(self, world: World) -> None:
        bound = Bound(
            artefacts={MODEL: world.reports.artefact(MODEL)},
            settings={"container 1": world.package.containers[0].settings_digest},
        )
        world.review(outcome="approved", was_approved=True, mode="automatic", bound=bound)

    def test_the_review_is_asked_for_and_what_it_judged_is_admitted(self, unseen: World) -> None:
        admitted = unseen.admit()
        assert unseen.reviewing.reviewed == [ARN]
        assert admitted.notes == ("approved without a review; reviewed before the release",)

    def test_a_dry_run_leaves_no_trace(self, unseen: World) -> None:
        assert unseen.admit(dry_run=True).notes
        assert unseen.reviewing.reviewed == []

    @pytest.mark.parametrize("unreviewed", ["accept", "refuse"])
    def test_only_where_the_policy_asks_for_it(self, unseen: World, unreviewed: str) -> None:
        unseen.policy(approval={"bars": self.BARS, "unreviewed": unreviewed})
        with suppress(Refused):
            unseen.admit()
        assert unseen.reviewing.reviewed == []

    def test_what_was_judged_has_to_be_what_is_there_after_the_claim(self, unseen: World) -> None:
        unseen.admit()
        unseen.reviewing = FakeReviewing(lambda _: None)
        unseen.reports.put(MODEL, b"other weights")
        with pytest.raises(Refused, match="not what was reviewed"):
            unseen.admit()

    def test_its_report_may_expire_after_the_review(self, unseen: World) -> None:
        unseen.admit()
        del unseen.reports.files[REPORT]
        assert unseen.admit().notes

    def test_a_recorded_miss_of_it_is_no_override(self, unseen: World) -> None:
        """Its approval came first, and so says nothing about what was found."""
        unseen.reports.put(REPORT, b'{"auc": 0.7}')
        unseen.reviewing = FakeReviewing(
            lambda _: unseen.review(outcome="rejected", verdict="miss", was_approved=True)
        )
        for _ in range(2):
            with pytest.raises(Refused, match=r"without a review: auc is 0\.7"):
                unseen.admit()

    def test_without_a_verdict_it_waits(self, unseen: World) -> None:
        del unseen.reports.files[REPORT]
        unseen.reviewing = FakeReviewing(lambda _: None)
        with pytest.raises(Waiting, match="auc is unknown"):
            unseen.admit()

    def test_the_bars_of_one_execution_are_those_that_count(self, unseen: World) -> None:
        bars = {"approval": {"bars": [{"metric": "auc", "at_least": 0.95}]}}
        with pytest.raises(Refused, match=r"auc is 0\.9, which is not"):
            unseen.admit(policy=bars)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"has_inference_spec": False}, "waits to be completed"),
        ({"status": "InProgress"}, "its registration is under way"),
    ],
)
def test_an_event_s_start_of_what_is_incomplete_waits_quietly(
    world: World, changes: dict[str, Any], says: str
) -> None:
    world.change(**changes)
    run = world.resolve(START | {"approved_at": 5})
    assert (run.ending.ending, world.announcer.said) == ("nothing_to_do", [])
    assert says in run.ending.reason
    assert world.resolve(START).ending.ending == "refused"


@pytest.mark.parametrize("arn", [ARN.replace("123456789012", "210987654321")])
def test_an_event_s_start_of_another_account_s_package_has_nothing_to_do(
    world: World, arn: str
) -> None:
    run = world.resolve(START | {"model_package_arn": arn, "approved_at": 5})
    assert (run.ending.ending, world.announcer.said) == ("nothing_to_do", [])
    assert world.resolve(START | {"model_package_arn": arn}).ending.ending == "refused"


def test_an_unreviewed_package_that_misses_is_refused(world: World) -> None:
    bars = [{"metric": "auc", "at_least": 0.8}]
    world.policy(approval={"mode": "automatic", "bars": bars})
    with pytest.raises(Refused, match="approved without a review"):
        world.admit()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": "InProgress"}, "InProgress, not Completed"),
        ({"status": "Failed"}, "Failed, not Completed"),
        ({"approval": "Rejected"}, "Rejected, not Approved"),
        ({"approval": "PendingManualApproval"}, "not Approved"),
        ({"has_inference_spec": False}, "no inference specification"),
        ({"containers": (Container(model_data_url="s3://other/m"),)}, "ReportBucketArns"),
    ],
)
def test_a_package_that_cannot_be_released_is_refused(
    world: World, changes: dict[str, Any], says: str
) -> None:
    world.change(**changes)
    with pytest.raises(Refused, match=says):
        world.admit()


@pytest.mark.parametrize(
    "arn",
    ["churn", ARN.replace("/7", ""), ARN.replace("/7", "/0"), ARN.replace("-package", "")],
)
def test_an_arn_of_something_else_is_refused(world: World, arn: str) -> None:
    with pytest.raises(Refused) as refused:
        world.admit(model_package_arn=arn)
    assert str(refused.value) == f"{arn!r} is not the ARN of a versioned model package"


@pytest.mark.parametrize(
    ("account", "region"), [("210987654321", "eu-west-1"), ("123456789012", "eu-west-2")]
)
def test_a_package_of_another_account_or_region_is_refused(
    world: World, account: str, region: str
) -> None:
    arn = ARN.replace("123456789012", account).replace("eu-west-1", region)
    with pytest.raises(Refused) as refused:
        world.admit(model_package_arn=arn)
    assert str(refused.value) == (
        f"{arn} belongs to account {account} in {region}; this stack works in account "
        "123456789012 in eu-west-1"
    )


def test_a_package_that_is_gone_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="there is no model package"):
        world.admit(model_package_arn=ARN.replace("/7", "/8"))


def test_two_groups_for_one_endpoint_are_refused(world: World) -> None:
    world.policy("churn-eu", endpoint="CHURN")
    with pytest.raises(Refused) as refused:
        world.admit()
    assert str(refused.value) == "the policies of churn and churn-eu both name endpoint churn"


def test_an_override_counts_for_this_execution(world: World) -> None:
    admitted = world.admit(policy={"rollout": {"strategy": "all_at_once"}})
    assert admitted.policy.rollout.strategy == "all_at_once"


@pytest.mark.parametrize(
    "policy", [{"endpoint": "fraud"}, {"serving": {"kind": "serverless"}}, {"rolout": {}}]
)
def test_an_override_that_cannot_be_is_refused(world: World, policy: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        world.admit(policy=policy)


def test_a_group_without_policy_is_missing(world: World) -> None:
    world.change(group="fraud")
    with pytest.raises(Missing):
        world.admit()


# ---- Resolve -------------------------------------------------------------------------------------


def test_a_release_is_its_package_and_approval(world: World) -> None:
    run = world.resolve(START | {"approved_at": 7})
    again = world.resolve(START | {"approved_at": 7})
    other = world.resolve(START | {"approved_at": 8})
    assert (run.next, run.endpoint, run.approved_at, run.package) == ("claim", "churn", 7, ARN)
    assert run.release == again.release != other.release


def test_by_hand_the_start_of_the_execution_is_the_approval(world: World) -> None:
    assert world.resolve(START).approved_at == 5


def test_a_dry_run_claims_nothing(world: World) -> None:
    assert world.resolve(START | {"dry_run": True}).next == "plan"


def test_a_rollback_begins_without_a_package(world: World) -> None:
    run = world.resolve({"action": "rollback", "endpoint": "churn"})
    assert (run.next, run.endpoint, run.package, run.approved_at) == ("claim", "churn", None, 5)


def test_a_refusal_is_told(world: World) -> None:
    world.change(approval="Rejected")
    run = world.resolve(START)
    assert run.ending.ending == "refused"
    (said,) = world.announcer.said
    assert (said.detail_type, said.model_package_arn) == ("Release Refused", ARN)


@pytest.mark.parametrize("document", [None, 7, [], {"action": "deploy", "endpoint": 7}])
def test_an_input_that_says_nothing_is_refused_and_told(world: World, document: object) -> None:
    run = world.resolve(document)
    assert run.ending.ending == "refused"
    assert world.announcer.types == ["Release Refused"]


def test_an_event_for_a_group_without_policy_is_nobody_s_business(world: World) -> None:
    world.change(group="fraud")
    run = world.resolve(START | {"approved_at": 7})
    assert run.ending.ending == "nothing_to_do"
    assert world.announcer.said == []


def test_by_hand_a_group_without_policy_is_refused(world: World) -> None:
    world.change(group="fraud")
    assert world.resolve(START).ending.ending == "refused"


@pytest.mark.parametrize("given", ["half a surrogate pair: \ud800", "x" * 100_000])
def test_a_refusal_tells_names_as_an_event_can_carry_them(world: World, given: str) -> None:
    ended = world.resolve({"action": given, "endpoint": given, "model_package_arn": given})
    assert ended.ending.ending == "refused"
    assert len(ended.model_dump_json()) < 4000
    assert len(world.announcer.said[-1].model_dump_json()) < 4000


class TestApprovalWithoutTime:
    """An event whose time nobody can read is resolved by looking at the registry."""

    def test_it_is_the_first_sight_of_the_package(self, world: World) -> None:
        world.change(last_modified=1_772_323_200_123)
        run = world.resolve(START | {"approved_at": ""})
        assert (run.next, run.approved_at) == ("claim", 1_772_323_200_123)
        assert run.release == naming.release_id(ARN, 1_772_323_200_123)

    @pytest.mark.parametrize(
        "write",
        [
            GateWrite(conditions=(), assign={"serving": ARN}),
            GateWrite(conditions=(), assign={"package": ARN, "owner": "e"}),
            GateWrite(conditions=(), assign={"wanted": ARN, "wanted_at": 5}),
            GateWrite(
                conditions=(),
                records={"0123456789": {"state": "rolled_back", "package": ARN, "approved_at": 1}},
            ),
        ],
    )
    def test_what_is_known_is_not_released_again(self, world: World, write: GateWrite) -> None:
        """It may be the same event again, or a change of metadata; a retry is a person's."""
        world.ledger.write("churn", write)
        run = world.resolve(START | {"approved_at": "null"})
        assert (run.ending.ending, world.announcer.said) == ("nothing_to_do", [])
        assert world.resolve(START | {"approved_at": "2026-03-01T00:00:00Z"}).next == "claim"
        assert world.resolve(START).next == "claim"


def test_the_specification_that_the_policy_names_is_admitted(world: World) -> None:
    """Its containers are what is bound, compared and held to the stack's buckets."""
    gpu = Container(image="gpu:1", image_digest=DIGEST, model_data_url=MODEL)
    away = gpu.model_copy(update={"model_data_url": "s3://elsewhere/m.tar.gz"})
    world.change(others={"gpu": (gpu,), "away": (away,), "two": (gpu, gpu)})
    world.policy(
        serving={"inference_specification_name": "gpu"},
        approval={"mode": "manual", "unreviewed": "accept"},
    )
    assert world.admit().package.containers == (gpu,)
    for name, says in {
        "away": "ReportBucketArns",
        "two": "the package has 2 containers",
        "cpu": r"no such additional inference specification \(it has: away, gpu, two\)",
    }.items():
        with pytest.raises(Refused, match=says):
            world.admit(policy={"serving": {"inference_specification_name": name}})
