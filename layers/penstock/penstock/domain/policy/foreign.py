"""Checks of ARNs in a policy that SageMaker cannot use from this account and region."""

from typing import NamedTuple

from penstock.domain.errors import Refused
from penstock.domain.home import Home


class _Arn(NamedTuple):
    partition: str
    service: str
    region: str
    account: str
    resource: str


def check_role_place(key: str, arn: str | None, home: Home) -> None:
    """A role can be passed within its account only (IAM: iam:PassRole).

    Raises:
        Refused: names the policy's `key`.
    """
    role = _read(key, arn, home)
    if role and role.account != home.account:
        raise Refused(
            f"{key} names a role in account {role.account}; this stack works in account "
            f"{home.account}, and a role can be passed only within its own account"
        )


def check_key_place(key: str, arn: str | None, home: Home) -> None:
    """Check that a KMS key is in this region. It may belong to another account.

    Raises:
        Refused: The sentence names the policy's `key`.
    """
    found = _read(key, arn, home)
    if found and found.region != home.region:
        raise Refused(
            f"{key} names a key in {found.region}; this stack works in {home.region}, "
            "and a key can be used only in its own region"
        )


def _read(key: str, arn: str | None, home: Home) -> _Arn | None:
    if not arn:
        return None
    parts = _Arn(*arn.split(":", 5)[1:])
    if parts.partition != home.partition:
        raise Refused(
            f"{key} is an ARN of the partition {parts.partition}; this stack works in "
            f"{home.partition}"
        )
    return parts
