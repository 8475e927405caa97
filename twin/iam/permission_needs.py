"""The type of a permission, and helpers for tables of permissions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.core.account import ACCOUNT, REGION

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the context keys of this call."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Needs = Callable[[str, Params], Iterator[Need]]


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def anything(prefix: str) -> Needs:
    """Return actions without resource-level permissions, which only `*` allows."""

    def needs(operation: str, _: Params) -> Iterator[Need]:
        yield Need(f"{prefix}:{operation}", "*")

    return needs


def nothing(_operation: str, _params: Params) -> Iterator[Need]:
    """AWS: GetCallerIdentity needs no permission, and a Deny does not matter."""
    yield from ()


def on(prefix: str, *resources: Callable[[Params], str]) -> Needs:
    def needs(operation: str, params: Params) -> Iterator[Need]:
        for resource in resources:
            yield Need(f"{prefix}:{operation}", resource(params))

    return needs


def as_given(name: str) -> Callable[[Params], str]:
    return lambda params: str(params[name])


def request_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    if not tags:
        return {}
    named = {f"aws:requesttag/{tag['Key'].lower()}": (tag["Value"],) for tag in tags}
    return {**named, "aws:tagkeys": tuple(tag["Key"] for tag in tags)}
