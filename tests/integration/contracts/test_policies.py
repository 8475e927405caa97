"""Stored policies: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable
from typing import Protocol

import boto3
import pytest

from penstock.adapters.policies import ParameterPolicies
from penstock.domain.errors import Missing, Refused
from penstock.review_ports import Policies
from tests.fakes.policies import FakePolicies

TEXT = '{"endpoint": "churn", "approval": {"mode": "manual"}}'


class World(Protocol):
    """Policies and a way to store one."""

    policies: Policies

    def put(self, group: str, text: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakePolicies()
        self.policies: Policies = self.fake

    def put(self, group: str, text: str) -> None:
        self.fake.put(group, text, modified_at=1)


class MotoWorld:
    def __init__(self) -> None:
        self.ssm = boto3.client("ssm", region_name="eu-west-1")
        self.policies: Policies = ParameterPolicies(self.ssm, "/penstock/policies")

    def put(self, group: str, text: str) -> None:
        name = f"/penstock/policies/{group}"
        self.ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


def test_a_policy_comes_with_group_version_and_time(world: World) -> None:
    world.put("Churn", TEXT)
    stored = world.policies.policy("Churn")
    assert (stored.group, stored.version) == ("Churn", "1")
    assert stored.policy.endpoint == "churn"
    assert stored.modified_at > 0


def test_a_change_is_a_new_version(world: World) -> None:
    world.put("Churn", TEXT)
    world.put("Churn", TEXT.replace('"churn"', '"churn-2"'))
    stored = world.policies.policy("Churn")
    assert (stored.version, stored.policy.endpoint) == ("2", "churn-2")


def test_a_group_without_a_policy_is_missing(world: World) -> None:
    world.put("Churn", TEXT)
    with pytest.raises(Missing):
        world.policies.policy("churn-2")


def test_an_invalid_policy_is_refused_by_version(world: World) -> None:
    world.put("Churn", "{")
    with pytest.raises(Refused, match="policy version 1 is not a JSON document"):
        world.policies.policy("Churn")


def test_all_endpoints_are_known_also_of_policies_invalid_otherwise(world: World) -> None:
    for number in range(12):  # more than one page
        world.put(f"group-{number}", TEXT.replace("churn", f"endpoint-{number}"))
    world.put("invalid-otherwise", '{"endpoint": "fraud", "unknown": 1}')
    world.put("not-json", "{")
    world.put("no-object", "[]")
    world.put("no-endpoint", "{}")
    expected = {f"group-{number}": f"endpoint-{number}" for number in range(12)}
    assert world.policies.endpoints() == expected | {"invalid-otherwise": "fraud"}


def test_policies_of_a_deeper_path_are_not_ours(aws: None) -> None:
    world = MotoWorld()
    world.put("Churn", TEXT)
    world.put("other/Fraud", TEXT)
    assert world.policies.endpoints() == {"Churn": "churn"}
