"""Endpoints as people have them: taken over rightly, or refused in the dry run already.

The inputs retell public reports in our own words: what SageMaker describes, a policy, a package.
`refused` is part of the reason; `plan_says` what the plan tells of each thing that will not be as
it was; `sent` what CreateModel is asked.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.endpoints import SageMakerEndpoints
from penstock.adapters.registry import SageMakerRegistry
from penstock.domain.errors import Refused
from penstock.domain.kinds.endpoint import EndpointView, LiveSetup
from penstock.domain.ledger.content import Variants
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import Package
from tests.fakes.fleets import Endpoint, Fleet
from tests.worlds.machine import Execution
from tests.worlds.world import POLICY, World

INPUTS = Path(__file__).parent / "inputs"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
START = {"action": "release", "adopt": True}
Case = dict[str, Any]


def cases(*, refused: bool) -> list[str]:
    names = sorted(path.stem for path in INPUTS.glob("*.json") if "live" in case(path.stem))
    return [name for name in names if ("refused" in case(name)) == refused]


def case(name: str) -> Case:
    found: Case = json.loads((INPUTS / f"{name}.json").read_text())
    return found


@pytest.fixture
def stubber() -> Iterator[Stubber]:
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    client: Any = session.client("sagemaker")
    with closing(client), Stubber(client) as made:
        yield made


def described(stubber: Stubber, package: Case) -> Package:
    """The package, read by the adapter from what DescribeModelPackage answers."""
    answer = {
        "ModelPackageName": "churn",
        "CreationTime": LONG_AGO,
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        **package,
    }
    stubber.add_response("describe_model_package", answer)
    return SageMakerRegistry(stubber.client).package(answer["ModelPackageArn"])


def taken(found: Case, stubber: Stubber) -> World:
    """The account, with the package that serves too, where the model was made of one."""
    world = account(found, described(stubber, found["package"]))
    if "package_that_serves" in found:
        world.registry.put(described(stubber, found["package_that_serves"]))
    return world


def account(found: Case, package: Package) -> World:
    """An account with the package and the endpoint, of which the ledger knows nothing."""
    world = World({**POLICY, "serving": {}, **found["policy"]}, quick=True)
    world.registry.put(package)
    live = found["live"]
    config = live.get("endpoint_config") or case("deleted_model")["live"]["endpoint_config"]
    variants = config["ProductionVariants"]
    weights = {v["VariantName"]: v["InitialVariantWeight"] for v in variants}
    counts = {v["VariantName"]: v.get("InitialInstanceCount", 0) for v in variants}
    world.cloud.endpoints["churn"] = Endpoint(Fleet("theirs", weights, counts))
    world.cloud.configs |= {"theirs": config} if "endpoint_config" in live else {}
    world.cloud.models |= {"theirs": live["model"]} if "model" in live else {}
    world.cloud.tags["theirs"] = live.get("tags", {})
    return world


def run(world: World, name: str, **more: Any) -> Execution:
    package = max(world.registry.packages)  # the newest version
    execution = world.start(name, model_package_arn=package, **START, **more)
    world.run(execution)
    return execution


@pytest.mark.parametrize("name", cases(refused=True))
def test_what_cannot_be_taken_over_is_refused_in_the_dry_run(name: str, stubber: Stubber) -> None:
    found = case(name)
    world = taken(found, stubber)
    for execution in (run(world, "dry", dry_run=True), run(world, "real")):
        assert execution.ending == "refused"
        assert found["refused"] in execution.cause["reason"]
        assert "Error" not in execution.cause["reason"]
    assert world.cloud.made == frozenset()
    assert world.gate.owner is None


@pytest.mark.parametrize("name", cases(refused=False))
def test_what_is_taken_over_is_planned_and_promoted(name: str, stubber: Stubber) -> None:
    found = case(name)
    world = taken(found, stubber)
    dry = run(world, "dry", dry_run=True)
    assert dry.ending == "planned", dry.cause
    notes = dry.cause["plan"]["notes"]
    told = [note for note in notes if "->" in note or note.startswith("container Environment")]
    assert told == found.get("plan_says", [])
    real = run(world, "real")
    assert real.ending == "promoted", real.cause
    live = world.cloud.models[
        world.cloud.configs[world.content.name]["ProductionVariants"][0]["ModelName"]
    ]
    assert {key: live[key] for key in found.get("sent", {})} == found.get("sent", {})


@pytest.mark.parametrize("name", [*cases(refused=True), *cases(refused=False)])
def test_the_adapter_reads_every_one_of_them(name: str, stubber: Stubber) -> None:
    """What DescribeEndpointConfig and DescribeModel really answer, through the service model."""
    found = case(name)
    package = described(stubber, found["package"])
    try:
        live = read(stubber, found["live"])
        package.check_servable()
        draw_plan(Policy.model_validate(found["policy"]), package, "0123456789", live)
    except Refused as refused:
        assert found["refused"] in str(refused) or "more than one variant" in str(refused)
    else:
        assert "refused" not in found


def read(stubber: Stubber, live: Case) -> LiveSetup:
    answers: list[tuple[str, Case | None]] = [
        ("describe_endpoint_config", live.get("endpoint_config")),
    ]
    if (live.get("endpoint_config") or NAMELESS)["ProductionVariants"][0].get("ModelName"):
        answers.append(("describe_model", live.get("model")))
    for call, answer in answers:
        if answer is None:
            what = call.removeprefix("describe_").replace("_", " ")
            stubber.add_client_error(call, "ValidationException", f'Could not find {what} "x".')
        else:
            stubber.add_response(call, _without_nulls(answer) | _ARNS.get(call, {}))
    tags = [{"Key": key, "Value": value} for key, value in live.get("tags", {}).items()]
    for found in ([], tags, tags):
        stubber.add_response("list_tags", {"Tags": found})
    content = Variants(config="theirs", weights={})
    view = EndpointView(status="InService", content=content, arn=f"{ARN}:endpoint/churn")
    return SageMakerEndpoints(stubber.client).setup(view, "churn", "theirs")


NAMELESS: Case = {"ProductionVariants": [{}]}
_ARNS: dict[str, Case] = {
    "describe_endpoint_config": {
        "EndpointConfigArn": f"{ARN}:endpoint-config/theirs",
        "CreationTime": LONG_AGO,
    },
    "describe_model": {"ModelArn": f"{ARN}:model/theirs", "CreationTime": LONG_AGO},
}


def _without_nulls(answer: Case) -> Case:
    """AWS leaves out what is absent; events, and the inputs, say null."""
    return {key: value for key, value in answer.items() if value is not None}


def test_a_model_that_only_an_instance_pool_names_is_in_use(stubber: Stubber) -> None:
    """No clean-up may take it for one that nobody needs."""
    config = case("instance_pools")["live"]["endpoint_config"]
    answer = config | _ARNS["describe_endpoint_config"]
    stubber.add_response("describe_endpoint_config", answer)
    models = SageMakerEndpoints(stubber.client).models_of("theirs")
    assert models == frozenset({"theirs", "theirs-small"})
