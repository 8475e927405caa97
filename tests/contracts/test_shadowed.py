"""Endpoints with a shadow variant: the fake and the adapters on the twin, one contract."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pytest

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.kinds.question import Question
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet
from penstock.domain.ledger.content import Variants
from penstock.domain.planning.comparing import compared
from penstock.domain.policy.judge import JudgeSection
from penstock.ports.serving import Account, Endpoints
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import BOTH, WEIGHTS, FakeCloud
from tests.fakes.traffic import FakeTraffic
from tests.worlds import sagemaker_bench as benches


class World(Protocol):
    """The endpoint `churn`, which serves the model `one` on the configuration `config-1`."""

    endpoints: Endpoints
    account: Account

    def config(self, name: str, request: Mapping[str, Any]) -> None: ...
    def update(self, config: str, retains: frozenset[str] = frozenset()) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cloud = FakeCloud(self.clock)
        self.endpoints: Endpoints = self.cloud
        self.account: Account = self.cloud
        self.cloud.serve("churn", "config-1", "one")
        self.cloud.models["two"] = {}

    def config(self, name: str, request: Mapping[str, Any]) -> None:
        self.cloud.create_config(name, request)

    def update(self, config: str, retains: frozenset[str] = frozenset()) -> None:
        self.cloud.update("churn", config, BOTH - retains)
        self.clock.advance(1000)


class TwinWorld:
    def __init__(self, bench: benches.Bench) -> None:
        self.bench = bench
        bench.endpoint()
        bench.model("two")
        endpoints = SageMakerEndpoints(bench.client)
        self.endpoints: Endpoints = endpoints
        self.account: Account = endpoints

    def config(self, name: str, request: Mapping[str, Any]) -> None:
        self.bench.client.create_endpoint_config(EndpointConfigName=name, **request)

    def update(self, config: str, retains: frozenset[str] = frozenset()) -> None:
        kinds = {"weights": "DesiredWeight", "counts": "DesiredInstanceCount"}
        excluded = [{"VariantPropertyType": kinds[name]} for name in BOTH - retains]
        self.bench.client.update_endpoint(
            EndpointName="churn",
            EndpointConfigName=config,
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=excluded,
        )
        self.bench.clock.advance(1000)


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with benches.bench() as bench:
        yield TwinWorld(bench)


def shadowed(share: float) -> dict[str, Any]:
    shadow = benches.variant("candidate", share, ModelName="two", InitialInstanceCount=1)
    return {
        "ProductionVariants": [benches.variant("live")],
        "ShadowProductionVariants": [shadow],
    }


def looked(world: World) -> tuple[EndpointView, Variants]:
    view = world.endpoints.look("churn")
    assert view is not None
    assert isinstance(view.content, Variants)
    return view, view.content


def test_a_shadow_is_seen_apart_from_what_answers(world: World) -> None:
    world.config("config-2", shadowed(0.25))
    world.update("config-2")
    view, content = looked(world)
    assert (content.weights, content.shadows) == ({"live": 10_000}, {"candidate": 2500})
    assert view.counts == {"live": 2, "candidate": 1}
    assert content.several
    assert world.account.models_of("config-2") == frozenset({"one", "two"})


def test_a_shadow_goes_with_its_configuration(world: World) -> None:
    world.config("config-2", shadowed(1.0))
    world.update("config-2")
    world.update("config-1")
    view, content = looked(world)
    assert (content.config, content.shadows) == ("config-1", {})
    assert view.counts == {"live": 2}


@pytest.mark.parametrize(("retains", "candidate"), [(frozenset(), 0), (WEIGHTS, 5000)])
def test_a_shadow_that_becomes_a_variant_retains_its_weight_unless_that_is_excluded(
    world: World, retains: frozenset[str], candidate: int
) -> None:
    world.config("config-2", shadowed(1.0))
    world.update("config-2")
    both = [benches.variant("live"), benches.variant("candidate", 0.0, ModelName="two")]
    world.config("config-3", {"ProductionVariants": both})
    world.update("config-3", retains)
    _, content = looked(world)
    assert content.weights == {"live": 10_000 - candidate, "candidate": candidate}
    assert content.shadows == {}


def test_users_of_the_fake_are_copied_to_its_shadow() -> None:
    world = FakeWorld()
    world.config("config-2", shadowed(0.25))
    world.update("config-2")
    traffic, minute = FakeTraffic(world.cloud, per_minute=200), world.clock.now() // 60_000 + 1
    signals = compared(JudgeSection(), Fleet("churn", "config-2", "live"), PUBLISHED)
    question = Question("churn", "config-2", "live", "candidate", signals, minute, minute + 1)
    world.clock.advance(120)
    asked = {name: traffic(question, minute, name)["errors"][0] for name in ("live", "candidate")}
    assert asked == {"live": 200, "candidate": 50}
