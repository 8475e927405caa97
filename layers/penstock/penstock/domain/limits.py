"""What the stack's parameters allow; a policy that needs more is refused, naming the parameter."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from penstock.domain.errors import Refused
from penstock.domain.package import Package
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
    role = policy.serving.execution_role_arn
    if role and not _matches(role, limits.serving_roles):
        raise Refused(_beyond(f"role {role}", "ServingRoleArns"))
    key = policy.serving.kms_key_arn
    if key and not _matches(key, limits.kms_keys):
        raise Refused(_beyond(f"key {key}", "KmsKeyArns"))
    for uri in _read_from(package):
        if uri.startswith("s3://") and not _matches(_object_arn(uri), limits.report_buckets):
            raise Refused(_beyond(f"object {uri}", "ReportBucketArns"))


def _read_from(package: Package) -> Iterable[str]:
    yield from (source.uri for source in package.reports.values())
    yield from (c.model_data_url for c in package.containers if c.model_data_url)


def _object_arn(uri: str) -> str:
    return f"arn:aws:s3:::{uri.removeprefix('s3://')}"


def _matches(arn: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _beyond(what: str, parameter: str) -> str:
    return f"{what} is outside the stack's parameter {parameter}"
