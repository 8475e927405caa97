"""AWS managed policies, loaded one by one. moto loads all of them or none."""

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends


class UnknownManagedPolicy(Exception):
    """There is no AWS managed policy with this ARN."""


def ensure_managed_policy(account: str, arn: str) -> None:
    """Load an AWS managed policy, so that it can be attached."""
    backend = iam_backends[account]["aws"]
    if not arn.startswith("arn:aws:iam::aws:policy/") or arn in backend.managed_policies:
        return
    name = arn.rsplit("/", 1)[-1]
    data = _data(name)
    if data is None:
        raise UnknownManagedPolicy(arn)
    policy = AWSManagedPolicy.from_data(name, account, "us-east-1", data)
    if policy.arn != arn:
        raise UnknownManagedPolicy(f"{arn} (there is {policy.arn})")
    backend.managed_policies[arn] = policy


@cache
def _data(name: str) -> dict[str, Any] | None:
    """Return a policy's data by name. All of them would take 30 ms to read, and much memory."""
    found: dict[str, Any] | None = json.loads(aws_managed_policies_data).get(name)
    return found
