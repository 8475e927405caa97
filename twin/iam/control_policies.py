"""Service control policies: calls that an organisation denies to everyone in the account.

Only a Deny on all resources is supported, with conditions on a request's tags and boundary.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twin.core.hooks import NotSupportedByTwin
from twin.iam.permission_needs import Params, request_tags
from twin.iam.policy_language import Request, check, decide

_PREFIXES = {"stepfunctions": "states"}


def check_control(documents: Sequence[Mapping[str, Any]]) -> None:
    """Refuse policies that the twin would evaluate differently from AWS."""
    for document in documents:
        check(document)
        for statement in document["Statement"]:
            if statement["Effect"] != "Deny" or statement.get("Resource") != "*":
                raise NotSupportedByTwin("a service control policy other than a Deny on *")


def denied(
    documents: Sequence[Mapping[str, Any]], service: str, operation: str, params: Params
) -> bool:
    """Return whether the organisation denies a call."""
    action = f"{_PREFIXES.get(service, service)}:{operation}"
    return decide(documents, Request(action, "*", dict(_context(params)))) == "denied"


def _context(params: Params) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from request_tags(_tags(params)).items()
    if "PermissionsBoundary" in params:
        yield "iam:permissionsboundary", (str(params["PermissionsBoundary"]),)


def _tags(params: Params) -> list[dict[str, str]]:
    """Return tags as pairs. Services use a list of pairs or a map, in upper or lower case."""
    given = params.get("Tags") or params.get("tags") or []
    if isinstance(given, Mapping):
        return [{"Key": key, "Value": value} for key, value in given.items()]
    return [{name.capitalize(): text for name, text in tag.items()} for tag in given]
