"""Accounts as people have them: another partition, buckets and keys of their own.

The inputs retell public reports in our own words: the stack's parameters, a package, a policy.
"""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.registry import SageMakerRegistry
from penstock.domain.errors import Refused
from penstock.domain.policy.limits import check_limits
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.settings import Settings
from penstock.domain.reviewing.package import Package
from tests.worlds.settings import SETTINGS

INPUTS = Path(__file__).parent / "inputs" / "accounts"
DESCRIBED = {
    "ModelPackageName": "churn",
    "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
    "ModelPackageStatusDetails": {"ValidationStatuses": []},
}
Case = dict[str, Any]


def case(name: str) -> Case:
    found: Case = json.loads((INPUTS / f"{name}.json").read_text())
    return found


def admitted(name: str) -> str | None:
    """Hold a case to the parameters of its stack; answers the refusal, if any."""
    found = case(name)
    given = {key: text.split(",") for key, text in found["stack_parameters"].items()}
    limits = Settings.model_validate(SETTINGS | given).limits
    policy = Policy.model_validate(found["policy"])
    try:
        check_limits(limits, policy, package(found))
    except Refused as refused:
        return str(refused)
    return None


def package(found: Case) -> Package:
    """The package as the registry's adapter reads it."""
    region = found["package"]["ModelPackageArn"].split(":")[3]
    client: Any = boto3.client("sagemaker", region_name=region)
    with closing(client), Stubber(client) as stubber:
        stubber.add_response("describe_model_package", {**DESCRIBED, **found["package"]})
        return SageMakerRegistry(client).package(found["package"]["ModelPackageArn"])


@pytest.mark.parametrize("name", sorted(path.stem for path in INPUTS.glob("*.json")))
def test_an_account_is_served_or_told_which_parameter_to_change(name: str) -> None:
    assert admitted(name) == case(name).get("refused")
