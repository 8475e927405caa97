"""The IAM policy language: decides whether a set of documents allows a request.

Policies with elements that the twin does not support are refused when they are written.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from twin.core.hooks import NotSupportedByTwin

Decision = Literal["allowed", "denied", "not allowed"]

_ELEMENTS = {
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
}
# The keys whose value or absence the twin knows in every request. IAM ignores their case.
_KEYS = {
    "application-autoscaling:scalable-dimension",
    "application-autoscaling:service-namespace",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:tagkeys",
    "cloudwatch:namespace",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "kms:calleraccount",
    "kms:grantisforawsresource",
    "kms:viaservice",
    "s3:prefix",
    "sagemaker:modelapprovalstatus",
    "sagemaker:modellifecycle:stage",
    "sagemaker:modellifecycle:stagestatus",
}
_KEY_FAMILIES = ("aws:requesttag/", "kms:encryptioncontext:")


@dataclass(frozen=True)
class Request:
    """One action on one resource. Context keys are in lower case. Absent keys have no entry."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    principal: Mapping[str, str] = field(default_factory=dict)
    """The caller, for resource policies: {"Service": "events.amazonaws.com"}, {"AWS": arn}."""


def decide(documents: Iterable[Mapping[str, Any]], request: Request) -> Decision:
    """Return the decision of all documents together. A Deny overrides every Allow."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _statements(document)
        if _applies(statement, request)
    }
    if "Deny" in effects:
        return "denied"
    return "allowed" if "Allow" in effects else "not allowed"


def check(document: Mapping[str, Any]) -> None:
    """Refuse a document that the twin would evaluate differently from AWS."""
    for statement in _statements(document):
        unknown = sorted(set(statement) - _ELEMENTS)
        if unknown or statement.get("Effect") not in ("Allow", "Deny"):
            raise NotSupportedByTwin(f"policy statement {statement}: {unknown or 'Effect'}")
        for resource in _list(statement.get("Resource", [])):
            if "${" in resource:
                raise NotSupportedByTwin(f"policy variables: {resource}")
        for name, block in statement.get("Condition", {}).items():
            _operator(name)
            _check_keys(block)


def _check_keys(block: Mapping[str, Any]) -> None:
    for key in block:
        folded = key.lower()
        if folded not in _KEYS and not folded.startswith(_KEY_FAMILIES):
            raise NotSupportedByTwin(f"the condition key {key}")


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    statements = document["Statement"]
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _action_applies(statement, request.action)
        and _resource_applies(statement, request.resource)
        and _principal_applies(statement, request.principal)
        and all(
            _condition_holds(name, block, request.context)
            for name, block in statement.get("Condition", {}).items()
        )
    )


def _action_applies(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_glob(_list(statement["NotAction"]), action.lower(), fold=True)
    return _any_glob(_list(statement["Action"]), action.lower(), fold=True)


def _resource_applies(statement: Mapping[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return not _any_glob(_list(statement["NotResource"]), resource)
    return "Resource" not in statement or _any_glob(_list(statement["Resource"]), resource)


def _principal_applies(statement: Mapping[str, Any], who: Mapping[str, str]) -> bool:
    if "NotPrincipal" in statement:
        return not _names(statement["NotPrincipal"], who)
    return "Principal" not in statement or _names(statement["Principal"], who)


def _names(principal: Any, who: Mapping[str, str]) -> bool:
    if principal == "*":
        return True
    return any(
        name in (who.get(kind), "*") and kind in who
        for kind, names in principal.items()
        for name in _list(names)
    )


def _any_glob(patterns: Iterable[str], value: str, fold: bool = False) -> bool:
    return any(_glob(each.lower() if fold else each).fullmatch(value) for each in patterns)


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in pattern), re.DOTALL)


def _arn_like(pattern: str, value: str) -> bool:
    """Compare ARNs part by part: a `*` does not match a colon before the last part."""
    wanted, actual = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(actual) and all(
        _glob(part).fullmatch(other) for part, other in zip(wanted, actual, strict=True)
    )


Compare = Callable[[str, str], bool]

_COMPARE: Mapping[str, Compare] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": lambda wanted, value: _glob(wanted).fullmatch(value) is not None,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


@dataclass(frozen=True)
class _Operator:
    quantifier: str
    compare: Compare | None
    negated: bool
    if_exists: bool


def _operator(name: str) -> _Operator:
    quantifier, _, bare = name.rpartition(":")
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    if bare == "Null" and not quantifier and not if_exists:
        return _Operator("", None, negated=False, if_exists=False)
    compare = _COMPARE.get(_NEGATED.get(bare, bare))
    if compare is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise NotSupportedByTwin(f"the condition operator {name}")
    return _Operator(quantifier, compare, bare in _NEGATED, if_exists)


def _condition_holds(
    name: str, block: Mapping[str, Any], context: Mapping[str, tuple[str, ...]]
) -> bool:
    operator = _operator(name)
    return all(
        _key_holds(operator, list(_texts(wanted)), context.get(key.lower()))
        for key, wanted in block.items()
    )


def _texts(wanted: Any) -> Iterator[str]:
    for each in wanted if isinstance(wanted, list) else [wanted]:
        yield str(each).lower() if isinstance(each, bool) else str(each)


def _key_holds(operator: _Operator, wanted: list[str], actual: tuple[str, ...] | None) -> bool:
    if operator.compare is None:
        return (actual is None) == (wanted == ["true"])
    if actual is None:
        return operator.if_exists or operator.negated or operator.quantifier == "ForAllValues"
    hits = [
        any(operator.compare(each, value) for each in wanted) != operator.negated
        for value in actual
    ]
    return any(hits) if operator.quantifier == "ForAnyValue" else all(hits)
