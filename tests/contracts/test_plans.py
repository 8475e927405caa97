"""The plans of releases: the fake and the adapter on moto's DynamoDB keep one contract."""

from collections.abc import Callable
from typing import Any, Protocol

import pytest

from penstock.adapters.expressions import serialize
from penstock.adapters.ledger import item_key
from penstock.adapters.plans import DynamoPlans
from penstock.domain.errors import Damaged
from penstock.domain.ledger.place import Key
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.ports.ledger import Plans
from tests.fakes.plans import FakePlans
from tests.worlds.ledger_table import made_table
from tests.worlds.setups import live, package, policy

CHURN = Key("churn")
RELEASE = "0123456789"


class World(Protocol):
    """Where plans are kept, and what others do to it."""

    plans: Plans

    def edit(self, plan: Plan, text: str) -> None: ...
    def record(self, document: Any) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakePlans()
        self.plans: Plans = self.fake

    def edit(self, plan: Plan, text: str) -> None:
        self.fake.kept["endpoint#churn", plan.digest] = text

    def record(self, document: Any) -> None:
        self.fake.before["endpoint#churn", RELEASE] = document


class DynamoWorld:
    def __init__(self) -> None:
        self.client = made_table()
        self.plans: Plans = DynamoPlans(self.client, "ledger")

    def edit(self, plan: Plan, text: str) -> None:
        self._put(f"plan#{plan.digest}", text)

    def record(self, document: Any) -> None:
        self._put(f"release#{RELEASE}", document)

    def _put(self, name: str, value: Any) -> None:
        self.client.put_item(
            TableName="ledger", Item=item_key(CHURN, name) | {"plan": serialize(value)}
        )


@pytest.fixture(params=[FakeWorld, DynamoWorld], ids=["fake", "dynamo"])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


@pytest.fixture
def plan() -> Plan:
    judge = {"latency_objective_ms": 250.5, "margins": {"errors": 1e-7}}
    return draw_plan(policy(judge=judge), package(), RELEASE, live())


def test_a_plan_is_found_by_its_digest_as_it_was(world: World, plan: Plan) -> None:
    world.plans.keep(CHURN, plan)
    assert world.plans.plan(CHURN, RELEASE, plan.digest) == plan
    assert world.plans.plan(Key("CHURN"), RELEASE, plan.digest) == plan


def test_keeping_a_plan_twice_is_keeping_it_once(world: World, plan: Plan) -> None:
    other = plan.noting(("another note",))
    for each in (plan, other, plan):
        world.plans.keep(CHURN, each)
    assert world.plans.plan(CHURN, RELEASE, plan.digest) == plan
    assert world.plans.plan(CHURN, RELEASE, other.digest) == other


def test_a_plan_that_is_gone_is_damage(world: World, plan: Plan) -> None:
    world.plans.keep(Key("fraud"), plan)
    with pytest.raises(Damaged, match=f"the plan of .*{RELEASE}.* is gone from the ledger"):
        world.plans.plan(CHURN, RELEASE, plan.digest)


@pytest.mark.parametrize("text", ["", "{}", "not json"])
def test_a_plan_that_was_edited_is_damage(world: World, plan: Plan, text: str) -> None:
    world.plans.keep(CHURN, plan)
    world.edit(plan, text or plan.text.replace("0123456789", "9876543210"))
    with pytest.raises(Damaged):
        world.plans.plan(CHURN, RELEASE, plan.digest)


def test_a_record_of_the_version_before_carries_its_plan(world: World, plan: Plan) -> None:
    world.record(plan.model_dump(mode="json"))
    assert world.plans.plan(CHURN, RELEASE, None) == plan


@pytest.mark.parametrize("document", [{"stages": []}, "text", None])
def test_a_record_without_a_plan_that_can_be_read_is_damage(world: World, document: Any) -> None:
    world.record(document)
    with pytest.raises(Damaged):
        world.plans.plan(CHURN, RELEASE, None)
