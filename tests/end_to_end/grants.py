"""The actions that the template's roles are granted, and how a role is without one of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, NamedTuple

from moto.iam.models import iam_backends

from tests.worlds.deployed import as_list, statements
from twin.cloud import Twin
from twin.core.account import ACCOUNT
from twin.iam.permissions import Judged

_UNUSED_ON_PURPOSE = frozenset(
    {
        # Step Functions uses these when a machine with logging is deployed; the twin does not log.
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        # The stack of these scenes has no keys: test_customer_keys.py is about one that has.
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
    }
)


class Grant(NamedTuple):
    """A role's logical id, and an action of its own policies; managed ones are logs and traces."""

    role: str
    action: str

    def __str__(self) -> str:
        """Short, for the names of tests."""
        return f"{self.role.removesuffix('Role').removesuffix('Function')} {self.action}"


@cache
def granted() -> tuple[Grant, ...]:
    """Every grant of the template that a call could use, in the template's order."""
    found = (Grant(role, action) for role, s in statements() for action in as_list(s["Action"]))
    return tuple(grant for grant in dict.fromkeys(found) if grant.action not in _UNUSED_ON_PURPOSE)


def used(twin: Twin) -> set[Grant]:
    """The grants that calls have used."""
    roles = {name: logical for logical, name in twin.resources.items()}
    return {Grant(roles[each.role], each.action) for each in twin.permissions.used}


@contextmanager
def noting_use(twin: Twin) -> Iterator[set[Grant]]:
    """The grants that are used inside, once it has ended."""
    noted: set[Grant] = set()
    before, twin.permissions.used = twin.permissions.used, set()
    try:
        yield noted
    finally:
        noted |= used(twin)
        twin.permissions.used |= before


@contextmanager
def without(twin: Twin, grant: Grant | None) -> Iterator[list[Judged]]:
    """Take one action, if any, from one role; answers the denied calls, once it has ended."""
    with ExitStack() as undone:
        if grant:
            role = _role(twin, grant.role)
            undone.callback(role.policies.update, dict(role.policies))
            left = {name: _reduced(text, grant.action) for name, text in role.policies.items()}
            role.policies.update(left)
        known, denials = len(twin.permissions.denied), list[Judged]()
        yield denials
        denials += twin.permissions.denied[known:]
        del twin.permissions.denied[known:]  # the test asked for them: no fault of the code


def _role(twin: Twin, logical: str) -> Any:
    return iam_backends[ACCOUNT]["aws"].get_role(twin.resources[logical])


def _reduced(text: str, action: str) -> str:
    document = json.loads(text)
    left = [{**s, "Action": _others(s, action)} for s in document["Statement"]]
    return json.dumps({**document, "Statement": [s for s in left if s["Action"]]})


def _others(statement: dict[str, Any], action: str) -> list[str]:
    return [each for each in as_list(statement["Action"]) if each != action]
