"""Stages of packages' lives: the fake, and the adapter on the twin's registry, keep one contract.

moto drops the stage and wipes the approval, so the twin's own registry stands for AWS.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from penstock.adapters.package_stages import SageMakerStages
from penstock.adapters.registry import SageMakerRegistry
from penstock.domain.errors import Missing, Unavailable
from penstock.domain.ledger.lifecycle import LifeStage
from penstock.ports.registry import PackageStages, Registry
from tests.fakes.packages import approved_package, arn_of
from tests.fakes.registry import FakeRegistry
from tests.worlds.sagemaker_bench import Bench, bench

FIRST, MISSING = arn_of("churn", 1), arn_of("churn", 9)
STAGED = LifeStage(stage="Staging", status="InProgress", description="release 1 is under way")


class World(NamedTuple):
    """Version 1 of `churn`, approved, with some metadata."""

    stages: PackageStages
    registry: Registry


def in_memory() -> World:
    fake = FakeRegistry(approved_package("churn", 1, 0, metadata={"a": "b"}))
    return World(fake, fake)


def on_the_twin(twin: Bench) -> World:
    twin.client.create_model_package_group(ModelPackageGroupName="churn")
    twin.client.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"a": "b"},
    )
    twin.events.clear()
    return World(SageMakerStages(twin.client), SageMakerRegistry(twin.client))


@pytest.fixture
def twin() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture(params=["fake", "twin"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield in_memory()
        return
    with bench() as made:
        yield on_the_twin(made)


def test_a_package_without_a_stage_has_none(world: World) -> None:
    assert world.registry.package(FIRST).life is None


def test_a_stage_is_written_and_read(world: World) -> None:
    world.stages.set_stage(FIRST, STAGED)
    assert world.registry.package(FIRST).life == STAGED


@pytest.mark.parametrize("description", [None, ""])
def test_a_stage_without_a_description_replaces_one_that_has_it(
    world: World, description: str | None
) -> None:
    world.stages.set_stage(FIRST, STAGED)
    bare = LifeStage(stage="Retired", status="Inactive", description=description)
    world.stages.set_stage(FIRST, bare)
    assert world.registry.package(FIRST).life == bare


def test_approval_and_metadata_stay(world: World) -> None:
    before = world.registry.package(FIRST)
    world.stages.set_stage(FIRST, STAGED)
    after = world.registry.package(FIRST)
    assert after.approval == "Approved"
    assert (after.metadata, after.approval_description) == (
        before.metadata,
        before.approval_description,
    )


def test_an_unknown_package_is_missing(world: World) -> None:
    with pytest.raises(Missing):
        world.stages.set_stage(MISSING, STAGED)


def test_its_event_names_nothing_but_the_stage(twin: Bench) -> None:
    """So no rule of the stack takes it for an approval, a revocation or a registration."""
    on_the_twin(twin).stages.set_stage(FIRST, STAGED)
    (event,) = twin.events
    assert event.detail["UpdatedModelPackageFields"] == ["ModelLifeCycle"]


class Busy:
    """A client whose registry has somebody else's write in hand."""

    def __init__(self, real: Bench) -> None:
        self._real = real

    def update_model_package(self, **_: object) -> None:
        error = {"Error": {"Code": "ConflictException", "Message": "try again"}}
        raise self._real.client.exceptions.ClientError(error, "UpdateModelPackage")


def test_a_concurrent_write_is_unavailable(twin: Bench) -> None:
    with pytest.raises(Unavailable):
        SageMakerStages(Busy(twin)).set_stage(FIRST, STAGED)
