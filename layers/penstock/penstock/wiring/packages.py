"""Packages, policies and reports: what a release or a review is decided on."""

from penstock.adapters.policies import ParameterPolicies
from penstock.adapters.registry import SageMakerRegistry
from penstock.adapters.reports import S3Reports
from penstock.adapters.sweep_notes import DynamoSweepNotes
from penstock.bootstrap import World
from penstock.ports.executions import Reviewing
from penstock.usecases.claiming.admission import Admission
from penstock.wiring.ledger import ledger
from penstock.wiring.settings import settings


def registry(world: World) -> SageMakerRegistry:
    """The model registry."""
    return SageMakerRegistry(world.client("sagemaker"))


def policies(world: World) -> ParameterPolicies:
    """The policies below the path of the stack."""
    return ParameterPolicies(world.client("ssm"), settings(world).policy_path)


def reports(world: World) -> S3Reports:
    """The reports of packages."""
    return S3Reports(world.client("s3"))


def sweep_notes(world: World) -> DynamoSweepNotes:
    """What a sweep notes for the next one, and for others."""
    return DynamoSweepNotes(world.client("dynamodb"), world.environment.ledger_table)


def admission(world: World, reviewing: Reviewing | None = None) -> Admission:
    """What may be released."""
    return Admission(
        registry=registry(world),
        policies=policies(world),
        feeders=sweep_notes(world),
        reports=reports(world),
        reviews=ledger(world),
        live=ledger(world),
        limits=settings(world).limits,
        home=world.environment.home,
        reviewing=reviewing,
    )
