"""The freeze: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from penstock.adapters.freezes import ParameterFreezes
from penstock.domain.errors import Denied, Refused, Unavailable
from penstock.domain.policy.freeze import Freeze
from penstock.ports.control import Freezes
from tests.fakes.freezes import NAME, FakeFreezes

TEXT = '{"reason": "the books close", "until": "2026-12-27T00:00:00Z", "endpoints": ["churn-*"]}'


class World(Protocol):
    """A freeze, who writes it, and who takes the permission to read it away."""

    freezes: Freezes

    def put(self, text: str) -> None: ...

    def remove(self) -> None: ...

    def seal(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeFreezes()
        self.freezes: Freezes = self.fake
        self.put, self.remove, self.seal = self.fake.put, self.fake.remove, self.fake.seal


class MotoWorld:
    def __init__(self, path: str = "/penstock/control") -> None:
        self.ssm = boto3.client("ssm", region_name="eu-west-1")
        self.freezes: Freezes = ParameterFreezes(self.ssm, lambda: path)
        self.code = ""
        self.ssm.meta.events.register("before-parameter-build.ssm.GetParameter", self._refuse)

    def put(self, text: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=text or " ", Type="String", Overwrite=True)

    def remove(self) -> None:
        self.ssm.delete_parameter(Name=NAME)

    def seal(self) -> None:
        self.code = "AccessDeniedException"

    def _refuse(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, model.name)


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


def test_without_the_parameter_nothing_is_frozen(world: World) -> None:
    assert world.freezes.freeze() is None


def test_what_is_stored_is_read_at_once_and_so_is_its_deletion(world: World) -> None:
    world.put(TEXT)
    freeze = Freeze(reason="the books close", until="2026-12-27T00:00:00Z", endpoints=("churn-*",))
    assert world.freezes.freeze() == freeze
    world.put('{"reason": "an audit"}')
    assert world.freezes.freeze() == Freeze(reason="an audit")
    world.remove()
    assert world.freezes.freeze() is None


@pytest.mark.parametrize("text", ["frozen", "{}", '{"reason": "x", "until": "tomorrow"}'])
def test_what_is_no_freeze_is_refused_by_the_parameters_name(world: World, text: str) -> None:
    world.put(text)
    with pytest.raises(Refused, match=f"the SSM parameter {NAME} is not a"):
        world.freezes.freeze()


def test_whoever_may_not_read_it_is_denied_and_is_not_told_that_there_is_none(
    world: World,
) -> None:
    world.seal()
    with pytest.raises(Denied):
        world.freezes.freeze()


def test_a_throttle_is_no_freeze_and_no_absence(aws: None) -> None:
    world = MotoWorld()
    world.code = "ThrottlingException"
    with pytest.raises(Unavailable):
        world.freezes.freeze()


def test_the_path_is_asked_at_every_read(aws: None) -> None:
    """A deployment may have changed it, and so may nobody be able to say it."""
    paths = iter(["/penstock/elsewhere", "/penstock/control"])
    world = MotoWorld()
    world.put(TEXT)
    freezes = ParameterFreezes(world.ssm, lambda: next(paths))
    assert freezes.freeze() is None
    assert freezes.freeze() is not None


def test_an_encrypted_freeze_is_decrypted(aws: None) -> None:
    world = MotoWorld()
    world.ssm.put_parameter(Name=NAME, Value=TEXT, Type="SecureString")
    assert world.freezes.freeze() is not None
