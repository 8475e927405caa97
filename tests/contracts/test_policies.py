"""Stored policies: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from penstock.adapters.policies import ParameterPolicies
from penstock.domain.errors import Denied, Missing, Refused
from penstock.ports.ledger import Feeder
from penstock.ports.registry import Policies
from tests.fakes.policies import FakePolicies

TEXT = '{"endpoint": "churn", "approval": {"mode": "manual"}}'


class World(Protocol):
    """Policies, a way to store one, and a way to keep one from being decrypted."""

    policies: Policies

    def put(self, group: str, text: str) -> None: ...

    def seal(self, group: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakePolicies()
        self.policies: Policies = self.fake

    def put(self, group: str, text: str) -> None:
        self.fake.put(group, text, modified_at=1)

    def seal(self, group: str) -> None:
        self.fake.put(group, "AQICAHh", modified_at=1)
        self.fake.seal(group)


class MotoWorld:
    def __init__(self) -> None:
        self.ssm = boto3.client("ssm", region_name="eu-west-1")
        self.policies: Policies = ParameterPolicies(self.ssm, lambda: "/penstock/policies")
        self.sealed: set[str] = set()
        self.ssm.meta.events.register("before-parameter-build.ssm", self._refuse)

    def put(self, group: str, text: str) -> None:
        name = f"/penstock/policies/{group}"
        self.ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)

    def seal(self, group: str) -> None:
        """Parameter Store decrypts all or nothing: moto knows no keys that may not be used."""
        name = f"/penstock/policies/{group}"
        self.ssm.put_parameter(Name=name, Value=TEXT, Type="SecureString")
        self.sealed.add(name)

    def _refuse(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        asked = {params.get("Name")} if model.name == "GetParameter" else self.sealed
        if params.get("WithDecryption") and asked & self.sealed:
            raise ClientError({"Error": {"Code": "InvalidKeyId", "Message": "no"}}, model.name)


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


def named(world: World) -> dict[str, str | None]:
    """The endpoint that each group's policy names."""
    return {group: feeder.endpoint for group, feeder in world.policies.endpoints().items()}


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


def test_what_a_policy_names_comes_with_its_version(world: World) -> None:
    world.put("Churn", TEXT)
    world.put("Churn", TEXT.replace('"churn"', '"churn-2"'))
    stored = world.policies.policy("Churn")
    assert world.policies.endpoints() == {"Churn": Feeder("churn-2", stored.version)}


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
    world.put("no_group", TEXT)
    unreadable = dict.fromkeys(["not-json", "no-object", "no-endpoint", "no_group"])
    expected = {f"group-{number}": f"endpoint-{number}" for number in range(12)} | unreadable
    assert named(world) == expected | {"invalid-otherwise": "fraud"}


def test_one_that_cannot_be_decrypted_hides_no_other(world: World) -> None:
    for number in range(12):
        world.put(f"group-{number}", TEXT.replace("churn", f"endpoint-{number}"))
    world.seal("sealed")
    expected = {f"group-{number}": f"endpoint-{number}" for number in range(12)}
    assert named(world) == expected | {"sealed": None}
    with pytest.raises(Denied):
        world.policies.policy("sealed")


def test_what_no_group_can_be_called_has_no_policy(world: World) -> None:
    world.put("my_group", TEXT)
    with pytest.raises(Refused, match="'my_group' cannot be the name of a model package group"):
        world.policies.policy("my_group")


def test_policies_of_a_deeper_path_are_not_ours(aws: None) -> None:
    world = MotoWorld()
    world.put("Churn", TEXT)
    world.put("other/Fraud", TEXT)
    assert named(world) == {"Churn": "churn"}
