"""A review decides once, explains itself, and writes only what still waits for a decision."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from penstock.domain.errors import Damaged, Denied, Unavailable
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.policy import parse_policy
from penstock.domain.reviewing.announcement import ModelPackageReviewed
from penstock.domain.reviewing.package import Container, Package, ReportSource
from penstock.domain.reviewing.review import TRY_FOR, Bound
from penstock.usecases.reviewing.assess import assess
from penstock.usecases.reviewing.review_sweep import DueReviews
from penstock.usecases.reviewing.reviewed import announcement
from tests.fakes.live_metrics import FakeLiveMetrics
from tests.fakes.policies import FakePolicies
from tests.fakes.records import FakeRecords
from tests.fakes.registry import FakeRegistry
from tests.fakes.reports import FakeReports
from tests.worlds.reviews import (
    ALLOWED,
    ARN,
    ARTEFACT,
    BAD,
    BARS,
    GOOD,
    NOW,
    REPORT,
    World,
    a_package,
    a_policy,
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("approval", "report", "outcome", "status"),
    [
        pytest.param({}, GOOD, "approved", "Approved", id="pass"),
        pytest.param({}, BAD, "rejected", "Rejected", id="miss"),
        pytest.param(
            {"on_miss": "leave_pending"}, BAD, "left_pending", "PendingManualApproval", id="leave"
        ),
        pytest.param({"on_miss": "leave_pending"}, GOOD, "approved", "Approved", id="leave-pass"),
        pytest.param(
            {"mode": "manual"}, GOOD, "left_pending", "PendingManualApproval", id="manual"
        ),
        pytest.param(
            {"mode": "manual"}, BAD, "left_pending", "PendingManualApproval", id="manual-miss"
        ),
        pytest.param(
            {"mode": "manual", "bars": []}, GOOD, "left_pending", "PendingManualApproval", id="free"
        ),
    ],
)
def test_the_policy_decides(
    world: World, approval: dict[str, Any], report: bytes, outcome: str, status: str
) -> None:
    world.policies.put("Churn", a_policy(**approval))
    world.reports.put(REPORT, report)
    assert world.review() == outcome
    assert world.package.approval == status


def test_the_decision_explains_itself_on_the_package(world: World) -> None:
    world.reports.put(REPORT, BAD)
    world.review()
    assert world.package.approval_description == (
        "Penstock rejected this package: 1 of 2 bars passed (policy version 1). "
        "Missed: fpr is 0.3, which is not at most 0.1. "
        "Passed: auc is 0.9, which is at least 0.85."
    )
    uri = next(iter(world.records.kept))
    assert world.package.metadata == {
        "team": "growth",
        "penstock.decision": "rejected",
        "penstock.evidence": uri,
    }


def test_the_evidence_holds_what_was_judged(world: World) -> None:
    world.review()
    record = world.records.read(world.package.metadata["penstock.evidence"])
    assert record["policy_version"] == "1"
    assert record["decision"] == "approved"
    assert record["reviewed_at"] == NOW
    assert [(b["value"], b["threshold"], b["verdict"]) for b in listed(record["bars"])] == [
        (0.9, 0.85, "pass"),
        (0.05, 0.1, "pass"),
    ]
    digests = record["digests"]
    assert isinstance(digests, dict)
    assert digests["reports"][REPORT].startswith("sha256:")
    assert digests["artefacts"][ARTEFACT].startswith("etag:")
    assert digests["images"] == {"ecr/churn:7": "sha256:i"}


def listed(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value


def test_secrets_in_an_environment_stay_out_of_the_evidence(world: World) -> None:
    world.registry.put(
        a_package(containers=(Container(image="ecr/churn:7", environment={"TOKEN": "hush"}),))
    )
    world.review()
    assert "hush" not in "".join(world.records.kept.values())


def test_the_evidence_is_there_before_the_decision(world: World) -> None:
    class Refusing(FakeRegistry):
        def decide(self, *_: object) -> None:
            raise Unavailable("throttled")

    world.registry = Refusing(a_package())
    with pytest.raises(Unavailable):
        world.review()
    assert world.records.kept
    assert world.reviews.remembered(ARN)


class TestTwiceIsOnce:
    """Events come twice, late and after our own write."""

    @pytest.mark.parametrize("report", [GOOD, BAD])
    def test_a_decided_package_is_left_alone(self, world: World, report: bytes) -> None:
        world.reports.put(REPORT, report)
        world.review()
        world.reports.put(REPORT, b"changed since")
        assert world.review() == "ignored"
        assert len(world.registry.decisions) == len(world.announcer.said) == 1

    def test_a_package_left_pending_is_written_and_told_once(self, world: World) -> None:
        world.policies.put("Churn", a_policy(mode="manual"))
        assert [world.review(), world.review()] == ["left_pending", "left_pending"]
        assert len(world.registry.decisions) == len(world.announcer.said) == 1
        assert len(world.records.kept) == 1

    def test_a_package_left_pending_with_another_report_is_told_again(self, world: World) -> None:
        world.policies.put("Churn", a_policy(mode="manual"))
        world.review()
        world.reports.put(REPORT, BAD)
        world.review()
        assert len(world.registry.decisions) == len(world.announcer.said) == 2

    def test_a_review_that_died_before_its_write_is_finished(self, world: World) -> None:
        pending = world.package
        world.review()
        world.registry.put(pending)
        assert world.review() == "approved"
        assert world.package.approval == "Approved"
        assert len(world.records.kept) == 1

    def test_a_review_that_died_before_telling_tells(self, world: World) -> None:
        world.review()
        review = world.reviews.remembered(ARN)
        assert review is not None
        world.reviews.remember(review.model_copy(update={"announced": False}))
        world.announcer.said.clear()
        assert world.review() == "ignored"
        assert world.announcer.types == ["Model Package Reviewed"]
        world.review()
        assert len(world.announcer.said) == 1


class DecidedMeanwhile(FakeRegistry):
    """A person decides between the review's first look and its second."""

    def __init__(self, status: str) -> None:
        super().__init__(a_package())
        self._status = status
        self._looks = 0

    def package(self, arn: str) -> Package:
        self._looks += 1
        if self._looks > 1:
            self.put(a_package(approval=self._status, approval_description="I know better"))
        return super().package(arn)


@pytest.mark.parametrize("status", ["Approved", "Rejected"])
@pytest.mark.parametrize("report", [GOOD, BAD])
def test_a_person_who_decides_meanwhile_is_not_overruled(
    world: World, status: str, report: bytes
) -> None:
    world.registry = DecidedMeanwhile(status)
    world.reports.put(REPORT, report)
    assert world.review() == "ignored"
    assert world.package.approval == status
    assert not world.registry.decisions
    assert not world.announcer.said


class TestNothingToDo:
    """What is not ours, or not yet, is left alone without a trace."""

    @pytest.mark.parametrize("status", ["Failed", "Deleting"])
    def test_a_package_whose_registration_failed(self, world: World, status: str) -> None:
        world.registry.put(a_package(status=status))
        assert world.review() == "ignored"
        assert world.untouched

    @pytest.mark.parametrize("asked", [False, True])
    def test_a_package_that_is_rejected(self, world: World, asked: bool) -> None:
        world.registry.put(a_package(approval="Rejected"))
        assert world.review(asked=asked) == "ignored"
        assert world.untouched

    def test_a_package_that_a_person_approved_before_its_review(self, world: World) -> None:
        world.registry.put(a_package(approval="Approved"))
        assert world.review() == "ignored"
        assert world.untouched

    @pytest.mark.parametrize(
        "arn",
        [
            pytest.param(ARN.replace("/7", "/8"), id="not-found"),
            pytest.param(ARN.replace("eu-west-1", "us-east-1"), id="other-region"),
            pytest.param(ARN.replace("123456789012", "999999999999"), id="other-account"),
            pytest.param("churn/7", id="malformed"),
        ],
    )
    def test_a_package_that_is_not_there_or_not_ours(self, world: World, arn: str) -> None:
        assert world.review(arn) == "ignored"
        assert world.untouched

    def test_a_group_without_a_policy(self, world: World) -> None:
        world.registry.put(a_package(group="Fraud"))
        outcome = world.reviewer.review(ARN)
        assert outcome == (ARN, "ignored", "the group Fraud has no policy")
        assert world.untouched
        assert world.reviews.remembered(ARN) is None


class TestIncomplete:
    """What is registered before it is complete waits to be completed."""

    EARLY: ClassVar[list[Any]] = [
        pytest.param({"containers": (), "has_inference_spec": False}, id="no-specification"),
        pytest.param({"status": "InProgress"}, id="in-progress"),
        pytest.param({"status": "Pending"}, id="pending"),
    ]

    @pytest.mark.parametrize("early", EARLY)
    @pytest.mark.parametrize("report", [GOOD, BAD])
    def test_it_stays_pending_and_is_never_rejected_for_being_early(
        self, world: World, early: dict[str, Any], report: bytes
    ) -> None:
        world.reports.put(REPORT, report)
        world.registry.put(a_package(**early))
        assert world.review() == "no_verdict"
        assert world.package.approval == "PendingManualApproval"
        assert world.untouched

    @pytest.mark.parametrize("early", EARLY)
    def test_it_is_reviewed_once_it_is_complete(self, world: World, early: dict[str, Any]) -> None:
        world.registry.put(a_package(**early))
        world.review()
        assert world.sweep() == ["no_verdict"]
        world.registry.put(a_package())
        assert world.sweep() == ["approved"]

    def test_after_a_day_people_are_told_once(self, world: World) -> None:
        world.registry.put(a_package(containers=(), has_inference_spec=False))
        world.review()
        world.clock.at = NOW + TRY_FOR
        assert [world.sweep(), world.sweep()] == [["no_verdict"], []]
        (said,) = world.announcer.said
        assert said.reason == (
            f"{ARN} stays pending because it has no verdict: the package has no inference "
            "specification yet, "
            "so it waits to be completed"
        )

    def test_completed_after_that_it_is_still_reviewed(self, world: World) -> None:
        """By the event of the edit, whenever it comes."""
        world.registry.put(a_package(containers=(), has_inference_spec=False))
        world.review()
        world.clock.at = NOW + 9 * TRY_FOR
        world.sweep()
        world.registry.put(a_package())
        assert world.review() == "approved"


class TestApprovedBefore:
    """Registered as Approved, and reviewed because its release asked: a review as any other."""

    @pytest.fixture
    def approved(self) -> World:
        world = World()
        world.registry.put(a_package(approval="Approved", approval_description=""))
        return world

    @pytest.mark.parametrize(("report", "outcome"), [(GOOD, "approved"), (BAD, "rejected")])
    @pytest.mark.parametrize("mode", ["automatic", "manual"])
    def test_it_leaves_what_every_review_leaves(
        self, approved: World, report: bytes, outcome: str, mode: str
    ) -> None:
        approved.policies.put("Churn", a_policy(mode=mode))
        approved.reports.put(REPORT, report)
        assert approved.review(asked=True) == outcome
        (said,) = approved.announcer.said
        assert isinstance(said, ModelPackageReviewed)
        assert (said.decision, said.passed) == (outcome, outcome == "approved")
        record = approved.records.read(approved.package.metadata["penstock.evidence"])
        assert record["decision"] == outcome
        review = approved.reviews.remembered(ARN)
        assert review is not None
        assert (review.outcome, review.was_approved) == (outcome, True)
        assert approved.package.metadata["penstock.decision"] == outcome

    @pytest.mark.parametrize("report", [GOOD, BAD])
    def test_its_approval_stays_what_it_is(self, approved: World, report: bytes) -> None:
        approved.reports.put(REPORT, report)
        approved.review(asked=True)
        assert approved.package.approval == "Approved"

    def test_a_person_s_own_words_stay(self, approved: World) -> None:
        approved.registry.put(a_package(approval="Approved", approval_description="by hand"))
        approved.review(asked=True)
        assert approved.package.approval_description == "by hand"
        assert "penstock.evidence" in approved.package.metadata

    @pytest.mark.parametrize("report", [GOOD, BAD])
    def test_twice_is_once(self, approved: World, report: bytes) -> None:
        approved.reports.put(REPORT, report)
        for _ in range(3):
            approved.review(asked=True)
        assert len(approved.registry.decisions) == len(approved.announcer.said) == 1
        assert len(approved.records.kept) == 1

    def test_what_was_let_through_stays_so_when_its_report_expires(self, approved: World) -> None:
        approved.review(asked=True)
        approved.reports.files.clear()
        assert approved.review(asked=True) == "ignored"
        review = approved.reviews.remembered(ARN)
        assert review is not None
        assert review.outcome == "approved"

    @pytest.mark.parametrize("unreviewed", ["accept", "refuse"])
    def test_only_where_the_policy_asks_for_it(self, approved: World, unreviewed: str) -> None:
        approved.policies.put("Churn", a_policy(unreviewed=unreviewed))
        assert approved.review(asked=True) == "ignored"
        assert approved.untouched

    def test_without_a_verdict_people_are_told_after_a_day(self, approved: World) -> None:
        approved.reports.files.clear()
        assert approved.review(asked=True) == "no_verdict"
        approved.clock.at = NOW + TRY_FOR
        assert [approved.review(asked=True) for _ in range(2)] == ["no_verdict"] * 2
        (said,) = approved.announcer.said
        assert "is approved but not released because it has no verdict" in said.reason

    def test_a_person_who_takes_the_approval_back_meanwhile_is_heard(self, world: World) -> None:
        class TakenBack(FakeRegistry):
            looks = 0

            def package(self, arn: str) -> Package:
                self.looks += 1
                self.put(a_package(approval="Approved" if self.looks == 1 else "Rejected"))
                return super().package(arn)

        world.registry = TakenBack()
        assert world.review(asked=True) == "ignored"
        assert not world.registry.decisions


class TestChances:
    """Whether the sweep starts what is approved."""

    def chance(self, world: World) -> str | None:
        due = DueReviews(world.registry, world.policies, world.reviews, world.clock)
        return due.chance(world.package, world.policies.policy("Churn"))

    @pytest.fixture
    def approved(self) -> World:
        world = World()
        world.registry.put(a_package(approval="Approved"))
        return world

    def test_what_nobody_looked_at_has_its_first(self, approved: World) -> None:
        assert self.chance(approved) == ""

    def test_what_a_person_approved_after_its_review_has_its_first(self, world: World) -> None:
        world.reports.files.clear()
        world.review()
        world.registry.put(a_package(approval="Approved"))
        assert self.chance(world) == ""

    def test_without_a_verdict_each_look_is_another_for_a_day(self, approved: World) -> None:
        approved.reports.files.clear()
        seen = set()
        for hour in range(0, 24, 8):
            approved.clock.at = NOW + hour * 3_600_000
            approved.review(asked=True)
            seen.add(self.chance(approved))
        assert len(seen) == 3
        approved.clock.at = NOW + TRY_FOR
        approved.review(asked=True)
        assert self.chance(approved) is None

    def test_a_miss_waits_for_another_policy(self, approved: World) -> None:
        approved.reports.put(REPORT, BAD)
        approved.review(asked=True)
        assert self.chance(approved) is None
        approved.policies.put("Churn", a_policy(bars=BARS[:1]), modified_at=NOW)
        assert self.chance(approved)


class TestParametersOfTheStack:
    """What the stack's parameters do not allow is said at once, by the parameter's name."""

    @pytest.mark.parametrize(
        ("limits", "parameter"),
        [
            (Limits(), "ReportBucketArns"),
            (Limits(report_buckets=("*",), endpoint_pattern="fraud-*"), "EndpointNamePattern"),
        ],
    )
    def test_people_are_told_at_once_and_once(
        self, world: World, limits: Limits, parameter: str
    ) -> None:
        world.limits = limits
        for _ in range(3):
            assert world.review() == "no_verdict"
        (said,) = world.announcer.said
        assert f"the stack's parameter {parameter} does not allow" in said.reason
        assert world.package.approval == "PendingManualApproval"

    def test_the_sweep_reviews_it_once_the_parameter_is_changed(self, world: World) -> None:
        world.limits = Limits()
        world.review()
        assert world.sweep() == ["no_verdict"]
        world.limits = ALLOWED
        assert world.sweep() == ["approved"]

    def test_a_miss_is_a_miss_all_the_same(self, world: World) -> None:
        world.limits = Limits()
        world.reports.put(REPORT, BAD)
        assert world.review() == "rejected"

    def test_what_cannot_be_read_after_that_is_told_in_its_turn(self, world: World) -> None:
        world.limits = Limits()
        world.review()
        world.limits = ALLOWED
        world.reports.files.clear()
        world.sweep()
        assert len(world.announcer.said) == 1
        world.clock.at = NOW + TRY_FOR
        world.sweep()
        assert len(world.announcer.said) == 2


class TestContainers:
    """What is held to limits are the containers that the policy serves."""

    def test_a_package_with_several_is_told_at_once_with_a_way_out(self, world: World) -> None:
        container = a_package().containers[0]
        world.registry.put(a_package(containers=(container, container)))
        assert [world.review(), world.review()] == ["no_verdict"] * 2
        (said,) = world.announcer.said
        assert "the package has 2 containers" in said.reason
        assert "register the model in one container" in said.reason
        assert "serving.inference_specification_name" not in said.reason
        assert world.package.approval == "PendingManualApproval"

    @pytest.mark.parametrize(
        ("named", "outcome"),
        [(None, "no_verdict"), ("gpu", "approved"), ("two", "no_verdict"), ("away", "no_verdict")],
    )
    def test_a_specification_counts_where_the_policy_names_it(
        self, world: World, named: str | None, outcome: str
    ) -> None:
        container = a_package().containers[0]
        away = container.model_copy(update={"model_data_url": "s3://elsewhere/m.tar.gz"})
        world.reports.put("s3://elsewhere/m.tar.gz", b"model")
        others = {"gpu": (container,), "two": (container, container), "away": (away,)}
        world.registry.put(a_package(containers=(away,), others=others))
        serving = {"serving": {"inference_specification_name": named}}
        world.policies.put("Churn", json.dumps(json.loads(a_policy()) | serving))
        assert world.review() == outcome

    def test_a_miss_is_a_miss_however_many_there_are(self, world: World) -> None:
        world.registry.put(a_package(containers=a_package().containers * 2))
        world.reports.put(REPORT, BAD)
        assert world.review() == "rejected"


class TestOneBadThing:
    """A policy, a review or a package that cannot be read or written is reported and left alone."""

    def test_a_policy_that_cannot_be_decrypted_is_told_at_once(self, world: World) -> None:
        world.policies.seal("Churn")
        assert [world.review(), world.review()] == ["no_verdict"] * 2
        (said,) = world.announcer.said
        assert "the key of Churn may not be used" in said.reason

    def test_another_group_s_policy_that_cannot_be_read_stands_in_nobody_s_way(
        self, world: World
    ) -> None:
        world.policies.put("Fraud", a_policy("churn"))
        world.policies.seal("Fraud")
        world.policies.put("Nonsense", "{")
        world.policies.put("no_group", a_policy("churn"))
        assert world.review() == "approved"

    def test_a_memory_that_was_edited_is_replaced(self, world: World) -> None:
        world.reviews.spoil(ARN)
        assert world.sweep() == ["approved"]
        review = world.reviews.remembered(ARN)
        assert review is not None

    def test_a_gate_that_was_edited_is_told_at_once_and_decides_nothing(self, world: World) -> None:
        class Edited(FakeLiveMetrics):
            def live_metrics(self, endpoint: str) -> Mapping[str, object] | None:
                raise Damaged(
                    f"the ledger's gate of {endpoint} was edited and cannot be read: step"
                )

        world.live = Edited()
        assert [world.review(), world.review()] == ["no_verdict"] * 2
        (said,) = world.announcer.said
        assert "the ledger's gate of churn was edited" in said.reason

    def test_a_decision_that_aws_refuses_leaves_the_package_and_is_told_after_a_day(
        self, world: World
    ) -> None:
        class Refusing(FakeRegistry):
            def decide(self, *_: object) -> None:
                raise Denied("UpdateModelPackage: explicit deny")

        world.registry = Refusing(a_package())
        assert world.review() == "no_verdict"
        world.clock.at = NOW + TRY_FOR
        assert [world.sweep(), world.sweep()] == [["no_verdict"], []]
        (said,) = world.announcer.said
        assert "the decision could not be written: UpdateModelPackage" in said.reason


class TestNoVerdict:
    """What cannot be read yet leaves the package pending, for 24 hours."""

    @pytest.fixture(params=["report", "artefact", "digest", "live"])
    def blind(self, request: pytest.FixtureRequest) -> World:
        world = World()
        blinded: dict[str, Callable[[], object]] = {
            "report": lambda: world.reports.files.pop(REPORT),
            "artefact": lambda: world.reports.files.pop(ARTEFACT),
            "digest": lambda: world.registry.put(
                a_package(reports={"model_quality": ReportSource(uri=REPORT, digest="sha256:0")})
            ),
            "live": lambda: self._unknown_live(world),
        }
        blinded[request.param]()
        return world

    def _unknown_live(self, world: World) -> None:
        world.live.kept["churn"] = {}
        world.policies.put("Churn", a_policy(bars=[{"metric": "auc", "at_least_vs_live": 0}]))

    def test_the_package_stays_pending_and_is_remembered(self, blind: World) -> None:
        assert blind.review() == "no_verdict"
        assert blind.untouched
        review = blind.reviews.remembered(ARN)
        assert review is not None
        assert (review.outcome, review.first_tried_at) == ("no_verdict", NOW)

    def test_the_sweep_tries_for_a_day_then_asks_once_and_rests(self, blind: World) -> None:
        blind.review()
        blind.clock.at = NOW + TRY_FOR - 1
        assert blind.sweep() == ["no_verdict"]
        assert not blind.announcer.said
        blind.clock.at = NOW + TRY_FOR
        assert blind.sweep() == ["no_verdict"]
        assert blind.announcer.types == ["Attention Needed"]
        assert blind.sweep() == []
        assert blind.review() == "no_verdict"
        assert len(blind.announcer.said) == 1

    def test_another_policy_version_is_another_try(self, blind: World) -> None:
        blind.review()
        blind.clock.at = NOW + TRY_FOR
        blind.sweep()
        blind.policies.put("Churn", a_policy(mode="manual", bars=[]), modified_at=blind.clock.at)
        blind.reports.put(ARTEFACT, b"model")
        assert blind.sweep() == ["left_pending"]


def test_a_report_that_comes_late_is_judged_by_the_sweep(world: World) -> None:
    del world.reports.files[REPORT]
    world.review()
    world.reports.put(REPORT, GOOD)
    assert world.sweep() == ["approved"]


def test_a_miss_does_not_wait_for_what_cannot_be_read(world: World) -> None:
    world.reports.put(REPORT, BAD)
    del world.reports.files[ARTEFACT]
    assert world.review() == "rejected"


@pytest.mark.parametrize("text", ["{", '{"endpoint": "churn"}', '{"endpont": "churn"}'])
def test_an_invalid_policy_asks_a_person_at_once_and_the_sweep_goes_on(
    world: World, text: str
) -> None:
    world.policies.put("Churn", text)
    assert [world.review(), world.review()] == ["no_verdict", "no_verdict"]
    assert world.announcer.types == ["Attention Needed"]
    assert "policy version 2" in world.announcer.said[0].reason
    world.policies.put("Churn", a_policy(), modified_at=NOW)
    assert world.sweep() == ["approved"]


@pytest.mark.parametrize("endpoint", ["churn", "CHURN"])
def test_two_groups_on_one_endpoint_are_refused(world: World, endpoint: str) -> None:
    world.policies.put("Fraud", a_policy(endpoint))
    assert world.review() == "no_verdict"
    assert "Churn and Fraud both name endpoint churn" in world.announcer.said[0].reason
    assert not world.registry.decisions


class TestSweep:
    """The sweep finds what events lost and leaves what is nobody's new work."""

    def test_a_lost_event_is_made_good(self, world: World) -> None:
        assert world.sweep() == ["approved"]

    def test_packages_older_than_the_policy_are_left(self, world: World) -> None:
        world.policies.put("Churn", a_policy(), modified_at=NOW)
        assert world.sweep() == []
        assert world.untouched

    def test_what_waits_for_a_person_is_left(self, world: World) -> None:
        world.policies.put("Churn", a_policy(mode="manual"))
        world.review()
        assert world.sweep() == []

    def test_what_stopped_half_way_is_finished(self, world: World) -> None:
        pending = world.package
        world.review()
        review = world.reviews.remembered(ARN)
        assert review is not None
        world.reviews.remember(review.model_copy(update={"announced": False}))
        world.registry.put(pending)
        assert world.sweep() == ["approved"]

    @pytest.mark.parametrize("text", [None, "{"])
    def test_without_a_usable_policy_nothing_new_is_begun(
        self, world: World, text: str | None
    ) -> None:
        world.policies = FakePolicies()
        if text:
            world.policies.put("Churn", text)
        assert world.sweep() == []
        assert world.untouched


class TestTelling:
    """The bus hears every decision, people only where they are needed."""

    def test_an_automatic_decision_is_for_the_bus(self, world: World) -> None:
        world.review()
        said = world.announcer.said[0]
        assert isinstance(said, ModelPackageReviewed)
        assert (said.decision, said.passed, said.endpoint) == ("approved", True, "churn")
        assert [(b.metric, b.value, b.verdict) for b in said.bars] == [
            ("auc", 0.9, "pass"),
            ("fpr", 0.05, "pass"),
        ]
        assert not said.for_people

    @pytest.mark.parametrize("approval", [{"mode": "manual"}, {"on_miss": "leave_pending"}])
    def test_a_decision_left_to_a_person_is_for_people(
        self, world: World, approval: dict[str, Any]
    ) -> None:
        world.policies.put("Churn", a_policy(**approval))
        world.reports.put(REPORT, BAD)
        world.review()
        assert "fpr is 0.3, which is not at most 0.1" in world.announcer.for_people[0]


def test_a_package_without_verdict_is_not_told_as_reviewed(world: World) -> None:
    del world.reports.files[REPORT]
    world.review()
    review = world.reviews.remembered(ARN)
    assert review is not None
    with pytest.raises(ValueError, match="has no verdict to tell"):
        announcement(review)


class TestLimits:
    """The registry's limits hold whatever the policy says."""

    def test_a_long_description_is_cut_and_says_so(self, world: World) -> None:
        bars = [{"metric": f"missing_metric_number_{n}", "at_least": 1} for n in range(50)]
        world.policies.put("Churn", a_policy(bars=bars))
        world.review()
        assert len(world.package.approval_description) == 1024
        assert world.package.approval_description.endswith("...")

    def test_a_description_is_one_line(self, world: World) -> None:
        world.policies.put("Churn", a_policy(bars=[{"metric": "auc\n||\nnothing", "at_least": 0}]))
        world.review()
        assert "\n" not in world.package.approval_description

    def test_a_package_full_of_metadata_is_decided_without_ours(self, world: World) -> None:
        full = {f"key{n}": "value" for n in range(50)}
        world.registry.put(a_package(metadata=full))
        assert world.review() == "approved"
        assert world.package.metadata == full

    def test_metadata_has_only_allowed_characters(self, world: World) -> None:
        world.records = FakeRecords("a,bucket{with}quotes")
        world.review()
        evidence = world.package.metadata["penstock.evidence"]
        assert evidence.startswith("s3://a_bucket_with_quotes/reviews/Churn/7/")


class TestBinding:
    """What was judged is what serves."""

    JUDGED = Bound(
        reports={"r": "1"}, artefacts={"a": "1"}, images={"i": "1"}, settings={"container 1": "1"}
    )

    def test_the_same_is_the_same(self) -> None:
        assert self.JUDGED.differences(self.JUDGED) == ()

    @pytest.mark.parametrize(
        ("now", "sentence"),
        [
            pytest.param({"reports": {"r": "2"}}, "the report r was 1", id="report-changed"),
            pytest.param({"artefacts": {"a": "2"}}, "the artefact a was 1", id="artefact-changed"),
            pytest.param({"images": {"i": "2"}}, "the image i was 1", id="image-changed"),
            pytest.param({"artefacts": {}}, "is missing or unreadable now", id="artefact-gone"),
            pytest.param({"images": {}}, "is missing or unreadable now", id="image-gone"),
            pytest.param({"artefacts": {"a": "1", "b": "1"}}, "b was missing", id="artefact-added"),
            pytest.param({"images": {"i": "1", "j": "1"}}, "j was missing", id="image-added"),
            pytest.param(
                {"settings": {"container 1": "2"}},
                "the image or environment of container 1 was 1",
                id="environment-changed",
            ),
            pytest.param(
                {"settings": {"container 1": "1", "container 2": "1"}},
                "container 2 was missing",
                id="container-added",
            ),
        ],
    )
    def test_what_changed_since_is_told(self, now: dict[str, object], sentence: str) -> None:
        found = self.JUDGED.differences(self.JUDGED.model_copy(update=now))
        assert len(found) == 1
        assert sentence in found[0]

    @pytest.mark.parametrize(
        "reports",
        [
            pytest.param({}, id="expired-since"),
            pytest.param({"r": "1", "s": "1"}, id="named-by-a-newer-policy"),
        ],
    )
    def test_reports_that_came_or_went_change_nothing(self, reports: dict[str, str]) -> None:
        now = self.JUDGED.model_copy(update={"reports": reports})
        assert self.JUDGED.differences(now) == ()

    def test_what_was_kept_before_environments_were_bound_still_compares(self) -> None:
        kept = Bound.model_validate(self.JUDGED.model_dump(exclude={"settings"}))
        assert kept.differences(self.JUDGED) == ()

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param({"environment": {"LEVEL": "debug"}}, id="a-value"),
            pytest.param({"environment": {}}, id="a-variable-less"),
            pytest.param({"hostname": "second"}, id="a-host-name"),
            pytest.param({"image_digest": "sha256:j"}, id="an-image-s-digest"),
            pytest.param({"image": "ecr/churn:8", "image_digest": None}, id="an-image-unresolved"),
            pytest.param({"more_artefacts": ("s3://models/adapter.tar.gz",)}, id="another-source"),
        ],
    )
    def test_everything_that_decides_how_a_container_runs_is_bound(
        self, changed: dict[str, object]
    ) -> None:
        container = Container(
            image="ecr/churn:7",
            image_digest="sha256:i",
            environment={"LEVEL": "info"},
            hostname="first",
        )
        edited = container.model_copy(update=changed)
        before, now = (bound(a_package(containers=(c,))) for c in (container, edited))
        assert before.differences(before) == ()
        assert before.differences(now)


def bound(package: Package) -> Bound:
    reports = FakeReports({REPORT: GOOD, "s3://models/adapter.tar.gz": b"adapter"})
    return assess(package, parse_policy(a_policy(), "1"), reports, None).bound
