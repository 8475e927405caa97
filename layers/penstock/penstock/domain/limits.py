"""What the stack's parameters allow; a policy that needs more is refused, naming the parameter."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from penstock.domain.blueprint import Blueprint
from penstock.domain.errors import Refused
from penstock.domain.package import Home, Package
from penstock.domain.policy import Policy


class Limits(BaseModel):
    """The template's parameters, as patterns with `*`."""

    model_config = ConfigDict(frozen=True)

    endpoint_pattern: str = "*"
    serving_roles: tuple[str, ...] = ()
    report_buckets: tuple[str, ...] = ()
    kms_keys: tuple[str, ...] = ()


def check_limits(limits: Limits, policy: Policy, package: Package) -> None:
    """Refuse before anything happens what IAM would refuse half-way.

    Raises:
        Refused: names the need and the template parameter to change.
    """
    if not fnmatchcase(policy.endpoint.lower(), limits.endpoint_pattern):
        raise Refused(_beyond(f"endpoint {policy.endpoint}", "EndpointNamePattern"))
    _check_role(limits, policy.serving.execution_role_arn)
    _check_key(limits, policy.serving.kms_key_arn)
    for uri in _read_from(package):
        if uri.startswith("s3://") and not _matches(_object_arn(uri), limits.report_buckets):
            raise Refused(_beyond(f"object {uri}", "ReportBucketArns"))


def check_drawn(limits: Limits, drawn: Blueprint, home: Home) -> None:
    """The same for what the policy does not name, and is taken over from what serves.

    A configuration may name its key by ARN, id or alias; what an alias stands for is not known.

    Raises:
        Refused: as `check_limits`.
    """
    _check_role(limits, drawn.model["ExecutionRoleArn"])
    key = drawn.final.get("KmsKeyId")
    if not key or "alias/" in key:
        return
    _check_key(limits, key if key.startswith("arn:") else home.key(key))


def _check_role(limits: Limits, role: str | None) -> None:
    if role and not _matches(role, limits.serving_roles):
        raise Refused(_beyond(f"role {role}", "ServingRoleArns"))


def _check_key(limits: Limits, key: str | None) -> None:
    if key and not _matches(key, limits.kms_keys):
        raise Refused(_beyond(f"key {key}", "KmsKeyArns"))


def _read_from(package: Package) -> Iterable[str]:
    yield from (source.uri for source in package.reports.values())
    yield from (uri for container in package.containers for uri in container.artefacts)


def _object_arn(uri: str) -> str:
    return f"arn:aws:s3:::{uri.removeprefix('s3://')}"


def _matches(arn: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _beyond(what: str, parameter: str) -> str:
    return f"{what} is outside the stack's parameter {parameter}"
