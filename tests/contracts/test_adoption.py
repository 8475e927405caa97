"""Endpoints that people made, on the twin's SageMaker: what a release of one sends and runs."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.registry import SageMakerRegistry
from penstock.adapters.serving.realtime import RealtimeServing
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.place import Key
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.usecases.planning.what_serves import WhatServes
from tests.fakes.ledger import FakeLedger
from tests.fakes.plans import FakePlans
from tests.fakes.scaling import FakeScaling
from tests.worlds import sagemaker_bench as benches
from tests.worlds.sagemaker_bench import Bench
from tests.worlds.setups import policy

OLD = {"SAGEMAKER_PROGRAM": "old.py", "SAGEMAKER_REGION": "eu-west-1", "TABLE": "churn"}
NEW = {"SAGEMAKER_PROGRAM": "new.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://a/new.tar.gz"}


@pytest.fixture(params=[False, True], ids=["the-model-wins", "the-package-wins"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with benches.bench() as made:
        made.sagemaker.models.package_wins = request.param
        made.store_artefact()
        made.sagemaker.images.register(benches.IMAGE, [], benches.DIGEST)
        made.client.create_model_package_group(ModelPackageGroupName="churn")
        yield made


def build(bench: Bench, **of_variant: Any) -> None:
    """Their endpoint: a model as the SDK makes it, and a configuration from before."""
    bench.model(Environment=OLD, ContainerHostname="old")
    put(bench, **of_variant)


def put(bench: Bench, **of_variant: Any) -> None:
    """Their endpoint on the model `one`."""
    bench.sagemaker.configs.takes_managed_scaling = True
    bench.client.create_endpoint_config(
        EndpointConfigName="theirs", ProductionVariants=[benches.variant("live", **of_variant)]
    )
    bench.sagemaker.configs.takes_managed_scaling = False
    bench.client.create_endpoint(EndpointName="churn", EndpointConfigName="theirs")
    bench.clock.advance(1000)


def registered(bench: Bench, environment: Mapping[str, str]) -> str:
    """The next version of the group, approved."""
    types = {"SupportedContentTypes": ["a/b"], "SupportedResponseMIMETypes": ["a/b"]}
    container = {"Image": benches.IMAGE, "ModelDataUrl": benches.ARTEFACT}
    created = bench.client.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{**container, "Environment": dict(environment)}],
            **types,
        },
    )
    return str(created["ModelPackageArn"])


def planned(bench: Bench, environment: Mapping[str, str | None]) -> Plan:
    registry = SageMakerRegistry(bench.client)
    package = registry.package(registered(bench, NEW))
    endpoints = SageMakerEndpoints(bench.client)
    view = endpoints.look("churn")
    assert view is not None
    serves = WhatServes(endpoints, FakeLedger(), FakePlans(), FakeScaling(), registry)
    live = serves(Gate(endpoint=Key("churn")), view, "churn", "theirs")
    return draw_plan(policy(serving={"environment": environment}), package, "0123456789", live)


@pytest.mark.parametrize(
    ("environment", "runs"),
    [
        pytest.param({}, {**NEW, "TABLE": "churn"}, id="kept"),
        pytest.param({"TABLE": None}, NEW, id="taken-out"),
        pytest.param({"TABLE": "b", "LEVEL": "x"}, {**NEW, "TABLE": "b", "LEVEL": "x"}, id="set"),
    ],
)
def test_the_new_container_runs_by_its_package_whoever_wins(
    bench: Bench, environment: dict[str, str | None], runs: dict[str, str]
) -> None:
    build(bench)
    plan = planned(bench, environment)
    endpoints = SageMakerEndpoints(bench.client)
    RealtimeServing(bench.client).forward(plan, plan.stages[0], endpoints.look("churn"))
    container = bench.sagemaker.models.get(plan.blueprint.model_name).container
    assert container.environment == runs


@pytest.mark.parametrize("shows", [False, True])
def test_the_package_before_does_not_stick_whatever_its_model_shows(
    bench: Bench, shows: bool
) -> None:
    bench.sagemaker.models.shows_package = shows
    before = {"ModelPackageName": registered(bench, {"CACHE": "512"}), "Environment": {"A": "b"}}
    bench.client.create_model(
        ModelName="one", ExecutionRoleArn=benches.ROLE, PrimaryContainer=before
    )
    put(bench)
    assert planned(bench, {}).blueprint.variables == {"A": "b"}


def test_what_sagemaker_takes_no_more_is_left_out_of_both_variants(bench: Bench) -> None:
    scaling = {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 4}
    build(bench, ManagedInstanceScaling=scaling)
    serving, plan = RealtimeServing(bench.client), planned(bench, {})
    endpoints = SageMakerEndpoints(bench.client)
    for stage in (plan.stages[0], plan.stages[-1]):
        serving.forward(plan, stage, endpoints.look("churn"))
        bench.clock.advance(1000)
    view = endpoints.look("churn")
    assert view is not None
    assert view.content.same(plan.final)
    assert view.counts == {"live": 2}
