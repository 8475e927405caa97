"""Reconciling a group finds what events lost, and nothing that the ledger knows."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.ledger.gate import GateWrite
from penstock.domain.reviewing.package import Package
from penstock.ports.registry import StoredPolicy
from penstock.usecases.sweeping.reconcile_group import ReconcileGroup
from tests.fakes.clock import START, FakeClock
from tests.fakes.executions import FakeExecutions
from tests.fakes.ledger import FakeLedger
from tests.fakes.packages import approved_package
from tests.fakes.policies import FakePolicies
from tests.fakes.registry import FakeRegistry

POLICY = '{"endpoint": "churn", "approval": {"mode": "manual"}}'
DAY = 24 * 3600


def arn(version: int) -> str:
    return f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/{version}"


class Asked:
    def __init__(self) -> None:
        self.arns: list[str] = []

    def ask(self, package: str) -> None:
        self.arns.append(package)

    def review(self, package: str) -> None:
        raise AssertionError("the sweep waits for nobody")


class World:
    """Version 3 is approved; its policy is older."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.registry = FakeRegistry()
        self.policies = FakePolicies()
        self.policies.put("churn", POLICY, modified_at=START - 10)
        self.ledger = FakeLedger()
        self.executions = FakeExecutions()
        self.asked = Asked()
        self.to_review: tuple[str, ...] = ()
        self.chances: dict[int, str | None] = {}
        self.approve(3)

    def approve(self, version: int, created_at: int = START - 5, *, complete: bool = True) -> None:
        self.registry.put(
            approved_package("churn", version, created_at, has_inference_spec=complete)
        )

    def gate(self, **attributes: Any) -> None:
        self.ledger.write("churn", GateWrite(conditions=(), assign=attributes))

    def due(self, group: str) -> tuple[str, ...]:
        return self.to_review

    def chance(self, package: Package, stored: StoredPolicy) -> str | None:
        return self.chances.get(package.version, "")

    def reconcile(self, group: str = "churn") -> str:
        return ReconcileGroup(
            policies=self.policies,
            registry=self.registry,
            ledger=self.ledger,
            reviews=self,
            reviewing=self.asked,
            executions=self.executions,
            clock=self.clock,
        )(group)


@pytest.fixture
def world() -> World:
    return World()


def test_an_approval_whose_event_was_lost_is_started(world: World) -> None:
    assert world.reconcile() == "release of version 3 started"
    (document,) = world.executions.started.values()
    assert document == {"action": "release", "model_package_arn": arn(3), "approved_at": START}


def test_only_the_highest_version_is_started(world: World) -> None:
    world.approve(4)
    world.reconcile()
    (document,) = world.executions.started.values()
    assert document["model_package_arn"] == arn(4)


def test_of_years_of_history_only_the_newest_after_the_policy_is_started(world: World) -> None:
    """A policy is written for a group of 300 versions; one was approved since."""
    for version in range(1, 301):
        world.approve(version, created_at=START - 1_000_000 + version)
    assert world.reconcile() == ""
    world.approve(301)
    world.reconcile()
    world.reconcile()
    (document,) = world.executions.started.values()
    assert document["model_package_arn"] == arn(301)


@pytest.mark.parametrize(
    "known",
    [
        {"serving": arn(3)},
        {"package": arn(3)},
        {"wanted": arn(3), "wanted_at": START},
        {"queued": arn(3), "queued_at": START},
        {"serving": arn(4)},
    ],
)
def test_what_the_ledger_knows_or_has_passed_is_not(
    world: World, known: dict[str, str | int]
) -> None:
    world.gate(**known)
    assert world.reconcile() == ""


def test_what_was_released_before_is_not_tried_again(world: World) -> None:
    record = {"state": "rolled_back", "package": arn(3), "approved_at": 1}
    world.ledger.write("churn", GateWrite(conditions=(), records={"0123456789": record}))
    assert world.reconcile() == ""


def test_what_is_older_than_the_policy_is_nobody_s_new_work(world: World) -> None:
    world.policies.put("churn", POLICY, modified_at=START)
    assert world.reconcile() == ""


def test_a_start_that_leaves_no_trace_is_tried_once_a_day(world: World) -> None:
    """Refused before its claim: people are notified once a day, not at every sweep."""
    for _ in range(5):
        world.reconcile()
        world.clock.advance(900)
    assert len(world.executions.started) == 1
    world.clock.advance(DAY)
    world.reconcile()
    assert len(world.executions.started) == 2


def test_another_policy_is_another_chance_at_once(world: World) -> None:
    world.reconcile()
    world.policies.put("churn", POLICY, modified_at=START - 8)
    world.reconcile()
    assert len(world.executions.started) == 2


def test_reviews_that_are_due_are_asked_for(world: World) -> None:
    world.to_review = (arn(4), arn(5))
    said = world.reconcile()
    assert world.asked.arns == [arn(4), arn(5)]
    assert said == "2 reviews asked for; release of version 3 started"


@pytest.mark.parametrize("text", ["no JSON", '{"endpoint": "churn"}'])
def test_a_group_without_a_usable_policy_is_refused_and_starts_nothing(
    world: World, text: str
) -> None:
    world.policies.put("churn", text)
    with pytest.raises(Refused, match="policy version 2 is not"):
        world.reconcile()
    assert world.executions.started == {}


def test_a_group_whose_policy_was_deleted_since_it_was_listed_has_nothing_to_do(
    world: World,
) -> None:
    assert world.reconcile("gone") == ""
    assert world.executions.started == {}


def test_another_groups_version_says_nothing(world: World) -> None:
    """The endpoint was fed by another group before, which had come to version 50."""
    world.gate(serving=arn(50).replace("/churn/", "/old/"))
    assert world.reconcile() == "release of version 3 started"


def test_a_start_that_died_is_made_again_with_the_next_sweep(world: World) -> None:
    world.reconcile()
    world.executions.alive.clear()
    world.reconcile()
    assert [d["model_package_arn"] for d in world.executions.started.values()] == [arn(3)] * 2


class TestApprovedWithoutReview:
    """What the reviews say about it decides whether it is started."""

    def test_what_has_no_chance_now_is_not_started(self, world: World) -> None:
        world.chances[3] = None
        assert world.reconcile() == ""

    def test_each_new_chance_is_a_start_of_its_own(self, world: World) -> None:
        for chance in (" no_verdict 1", " no_verdict 1", " no_verdict 2"):
            world.chances[3] = chance
            world.reconcile()
        assert len(world.executions.started) == 2

    def test_one_that_is_incomplete_is_reviewed_and_not_started(self, world: World) -> None:
        """The review remembers since when it waits, and tells people when that is too long."""
        world.approve(3, complete=False)
        assert world.reconcile() == "version 3 waits to be completed"
        assert (world.asked.arns, world.executions.started) == ([arn(3)], {})
        world.approve(3)
        assert world.reconcile() == "release of version 3 started"
