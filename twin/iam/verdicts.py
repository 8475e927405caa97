"""The decision of all policies that affect a role.

AWS: the role's own policies and the resource's can allow. Its permissions boundary and the
organisation's service control policies can only restrict. A Deny anywhere overrides everything.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from moto.iam.models import iam_backends

from twin.core.account import ACCOUNT
from twin.iam import keys
from twin.iam.policy_language import Decision, Request, decide

Document = Mapping[str, Any]


def verdict(
    role: str, request: Request, of_resource: Sequence[Document], control: Sequence[Document]
) -> Decision:
    """Decide a request of the role with this name.

    `of_resource` has the policies of the resource, `control` the service control policies.
    """
    own = list(documents_of(role))
    said = (
        keys.decide_use(request, own)
        if request.action.startswith("kms:")
        else decide([*own, *of_resource], request)
    )
    boundary = boundary_of(role)
    if "denied" in (said, decide([*boundary, *control], request)):
        return "denied"
    if boundary and decide(boundary, request) != "allowed":
        return "not allowed"
    return said


def documents_of(role_name: str) -> Iterator[Document]:
    """Yield a role's inline policies and its attached ones."""
    role = iam_backends[ACCOUNT]["aws"].get_role(role_name)
    for document in role.policies.values():
        yield json.loads(document)
    yield from _current(role.managed_policies.values())


def boundary_of(role_name: str) -> list[Document]:
    """Return the role's permissions boundary, if it has one."""
    backend = iam_backends[ACCOUNT]["aws"]
    arn = backend.get_role(role_name).permissions_boundary_arn
    return [*_current([backend.get_policy(arn)])] if arn else []


def _current(policies: Iterable[Any]) -> Iterator[Document]:
    for policy in policies:
        versions = [version for version in policy.versions if version.is_default]
        yield json.loads(versions[0].document)
