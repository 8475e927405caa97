"""Checks of a policy against what the stack's parameters allow.

A policy that needs more is refused, with the parameter's name.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from penstock.domain.errors import Missing, Refused
from penstock.domain.home import Home
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.ledger import naming
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.foreign import check_key_place, check_role_place
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.s3_uri import parse_s3_uri
from penstock.domain.reviewing.package import Package

_ANY_RELEASE = "0" * 10


def check_limits(limits: Limits, policy: Policy, package: Package) -> None:
    """Refuse in advance what IAM would refuse during a release.

    Raises:
        Refused: The sentence names the template parameter to change, or the policy's key.
    """
    _check_endpoint(limits, policy.endpoint)
    if policy.rollout.rehearse:
        _check_rehearsal(limits, policy.endpoint)
    _check_policy(limits, policy, package.home)
    for uri in _read_from(package):
        _check_objects(uri, package.home, limits.report_buckets, "ReportBucketArns")
    if policy.golden:
        uri = policy.golden.s3_uri
        _check_objects(uri, package.home, limits.golden_buckets, "GoldenBucketArns")
    capture = policy.serving.data_capture
    if policy.judge.agreement and capture:
        uri = f"{capture.destination_s3_uri.rstrip('/')}/"
        _check_objects(uri, package.home, limits.capture_buckets, "CaptureBucketArns")


def check_drawn(limits: Limits, drawn: Blueprint, home: Home) -> None:
    """The same check for the role and key that are taken over from the endpoint.

    A configuration may name its key by ARN, id or alias. A key that is named by an alias is not
    checked.

    Raises:
        Refused: As `check_limits`.
    """
    _check_role(limits, drawn.model["ExecutionRoleArn"])
    _check_role(limits, drawn.final.get("ExecutionRoleArn"))
    key = drawn.final.get("KmsKeyId")
    if not key or "alias/" in key:
        return
    _check_key(limits, key if key.startswith("arn:") else home.key(key))


def _check_endpoint(limits: Limits, endpoint: str) -> None:
    """Check the endpoint's name, and the shortened names of its configurations and models."""
    pattern = limits.endpoint_pattern
    if not fnmatchcase(endpoint.lower(), pattern):
        raise Refused(_beyond(f"endpoint {endpoint}", "EndpointNamePattern"))
    for name in (naming.staging_config(endpoint, _ANY_RELEASE), naming.model(endpoint, {})):
        if not fnmatchcase(name.lower(), f"{pattern}-*"):
            raise Refused(
                f"the name of endpoint {endpoint} is too long for the stack's parameter "
                f"EndpointNamePattern: a release creates names such as {name}, "
                f"which {pattern}-* does not match; put the * further left"
            )


def _check_rehearsal(limits: Limits, endpoint: str) -> None:
    """Check the name of the rehearsal endpoint, which is created, asked and deleted by pattern."""
    pattern, name = limits.endpoint_pattern, naming.rehearsal(endpoint, _ANY_RELEASE)
    for needed in (pattern, f"{pattern}{naming.REHEARSAL}-*"):
        if not fnmatchcase(name.lower(), needed):
            raise Refused(
                f"rollout.rehearse creates endpoints such as {name}, which the stack's parameter "
                f"EndpointNamePattern does not allow: {needed} does not match"
            )


def _check_policy(limits: Limits, policy: Policy, home: Home) -> None:
    serving, capture = policy.serving, policy.serving.data_capture
    check_role_place("serving.execution_role_arn", serving.execution_role_arn, home)
    check_key_place("serving.kms_key_arn", serving.kms_key_arn, home)
    if capture:
        check_key_place("serving.data_capture.kms_key_arn", capture.kms_key_arn, home)
    _check_role(limits, serving.execution_role_arn)
    _check_key(limits, serving.kms_key_arn)


def _check_role(limits: Limits, role: str | None) -> None:
    if role and not _matches(role, limits.serving_roles):
        raise Refused(_beyond(f"role {role}", "ServingRoleArns"))


def _check_key(limits: Limits, key: str | None) -> None:
    if key and not _matches(key, limits.kms_keys):
        raise Refused(_beyond(f"key {key}", "KmsKeyArns"))


def _read_from(package: Package) -> Iterable[str]:
    yield from (source.uri for source in package.reports.values())
    yield from (uri for container in package.containers for uri in container.artefacts)


def _read_arns(uri: str, home: Home) -> Iterator[str]:
    """ARNs that a read of this URI needs.

    Empty if the URI names no S3 object; its reader reports that.
    """
    try:
        place = parse_s3_uri(uri)
    except Missing:
        return
    yield f"arn:{home.partition}:s3:::{place.bucket}/{place.key}"
    if place.key.endswith("/"):  # a prefix: the bucket is listed
        yield f"arn:{home.partition}:s3:::{place.bucket}"


def _check_objects(uri: str, home: Home, allowed: tuple[str, ...], parameter: str) -> None:
    for arn in _read_arns(uri, home):
        if not _matches(arn, allowed):
            raise Refused(_beyond(f"object {uri}", parameter))


def _matches(arn: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _beyond(what: str, parameter: str) -> str:
    return f"the stack's parameter {parameter} does not allow {what}"
