"""Scale-in: the fake and the adapter on the twin's Application Auto Scaling, one contract."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from penstock.adapters.scaling import AutoScaling
from penstock.domain.errors import Denied, PenstockError, Unanswered, Unavailable, Unscalable
from penstock.ports.serving import Scaling
from tests.fakes.scaling import FakeScaling
from tests.worlds import sagemaker_bench as benches

NAMED = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/churn/variant/live",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


class Shown(NamedTuple):
    """A target as its owner sees it."""

    capacities: tuple[int, int]
    scale_in: bool
    scale_out: bool
    scheduled: bool


class World(Protocol):
    """A variant `live` that may be a scalable target."""

    scaling: Scaling

    def register(self, *, scale_in: bool = False, scale_out: bool = False) -> None: ...
    def deregister(self) -> None: ...
    def shown(self) -> Shown | None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeScaling()
        self.scaling: Scaling = self.fake

    def register(self, *, scale_in: bool = False, scale_out: bool = False) -> None:
        self.fake.register("churn", suspended=scale_in).scale_out = scale_out

    def deregister(self) -> None:
        del self.fake.targets["churn", "live"]

    def shown(self) -> Shown | None:
        found = self.fake.targets.get(("churn", "live"))
        if found is None:
            return None
        capacities = (found.least, found.most)
        return Shown(capacities, found.scale_in, found.scale_out, found.scheduled)


class TwinWorld:
    def __init__(self, bench: benches.Bench) -> None:
        bench.endpoint(live=1.0)
        self.client = bench.scaling
        self.scaling: Scaling = AutoScaling(bench.scaling)

    def register(self, *, scale_in: bool = False, scale_out: bool = False) -> None:
        state = {
            "DynamicScalingInSuspended": scale_in,
            "DynamicScalingOutSuspended": scale_out,
            "ScheduledScalingSuspended": False,
        }
        self.client.register_scalable_target(
            **NAMED, MinCapacity=1, MaxCapacity=9, SuspendedState=state
        )

    def deregister(self) -> None:
        self.client.deregister_scalable_target(**NAMED)

    def shown(self) -> Shown | None:
        found = self.client.describe_scalable_targets(ServiceNamespace="sagemaker")
        for target in found["ScalableTargets"]:
            state = target["SuspendedState"]
            return Shown(
                (target["MinCapacity"], target["MaxCapacity"]),
                state["DynamicScalingInSuspended"],
                state["DynamicScalingOutSuspended"],
                state["ScheduledScalingSuspended"],
            )
        return None


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with benches.bench() as bench:
        yield TwinWorld(bench)


def test_a_variant_that_is_no_target_has_no_scale_in_and_gets_none(world: World) -> None:
    assert world.scaling.scale_in("churn", "live") is None
    world.scaling.suspend("churn", "live")
    world.scaling.resume("churn", "live")
    assert world.shown() is None


def test_it_is_suspended_and_resumed_and_may_be_asked_twice(world: World) -> None:
    world.register()
    assert world.scaling.scale_in("churn", "live") == "on"
    for _ in range(2):
        world.scaling.suspend("churn", "live")
        assert world.scaling.scale_in("churn", "live") == "suspended"
    for _ in range(2):
        world.scaling.resume("churn", "live")
        assert world.scaling.scale_in("churn", "live") == "on"


def test_another_variants_scaling_is_not_touched(world: World) -> None:
    world.register()
    world.scaling.suspend("churn", "candidate")
    world.scaling.suspend("another", "live")
    assert world.scaling.scale_in("churn", "candidate") is None
    assert world.shown() == Shown((1, 9), False, False, False)


def test_capacities_and_other_suspensions_stay_as_they_are_now(world: World) -> None:
    world.register(scale_out=True)
    world.scaling.suspend("churn", "live")
    assert world.shown() == Shown((1, 9), True, True, False)
    world.register(scale_in=True)  # meanwhile somebody lets it scale out again
    world.scaling.resume("churn", "live")
    assert world.shown() == Shown((1, 9), False, False, False)


def test_a_target_that_is_gone_is_not_registered_again(world: World) -> None:
    world.register()
    world.scaling.suspend("churn", "live")
    world.deregister()
    world.scaling.resume("churn", "live")
    assert world.shown() is None


# ---- what only AWS can answer -------------------------------------------------------------------


def client(shown: dict[str, Any] | None = None) -> tuple[Any, Stubber]:
    made: Any = boto3.Session("testing", "testing", region_name="eu-west-1").client(
        "application-autoscaling"
    )
    target = {**NAMED, "MinCapacity": 1, "MaxCapacity": 9, "RoleARN": "role", "CreationTime": 0}
    stubber = Stubber(made)
    stubber.add_response("describe_scalable_targets", {"ScalableTargets": [target | (shown or {})]})
    return made, stubber


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("AccessDeniedException", Denied),
        ("ThrottlingException", Unavailable),
        ("ConcurrentUpdateException", Unavailable),
        ("InternalServiceException", Unavailable),
        ("ValidationException", Unscalable),  # also: deregistered between the read and the call
        ("LimitExceededException", Unscalable),
    ],
)
def test_every_refusal_has_a_word(code: str, meaning: type[PenstockError]) -> None:
    """An end of a release must not fail over auto-scaling."""
    scaling, stubber = client()
    stubber.add_client_error("register_scalable_target", code, "no")
    with stubber, pytest.raises(meaning):
        AutoScaling(scaling).suspend("churn", "live")


def test_a_call_without_an_answer_may_still_take_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    scaling, stubber = client()

    def silent(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://autoscaling")

    monkeypatch.setattr(scaling, "register_scalable_target", silent)
    with stubber, pytest.raises(Unanswered):
        AutoScaling(scaling).suspend("churn", "live")


def test_all_three_suspensions_are_given_also_where_fewer_are_shown() -> None:
    scaling, stubber = client({"SuspendedState": {"ScheduledScalingSuspended": True}})
    given = {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    }
    stubber.add_response("register_scalable_target", {}, {**NAMED, "SuspendedState": given})
    with stubber:
        AutoScaling(scaling).suspend("churn", "live")
    stubber.assert_no_pending_responses()
