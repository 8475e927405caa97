"""The permissions that a call to S3 needs, and the bucket's policy."""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import MissingBucket, S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.iam.permission_needs import Need


class AccessDenied(S3ClientError):
    """The call is refused, with the details that S3 gives within an account."""

    def __init__(self, message: str) -> None:
        super().__init__("AccessDenied", message)


def install(hooks: Hooks) -> None:
    """Decide bucket policies here, because moto ignores the conditions of a Deny."""

    def neutral(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
        return PermissionResult.NEUTRAL

    serialized = S3Response.serialized

    def without_body(response: S3Response, result: Any) -> Any:
        status, headers, body = serialized(response, result)
        # AWS: an answer to HEAD has no body, so that clients see the number as the error code.
        return status, headers, "" if response.method == "HEAD" else body

    hooks.set(FakeBucket, "get_permission", neutral)
    hooks.set(S3Response, "serialized", without_body)


def needs_of(response: Any, bucket: str | None, key: str | None) -> list[Need]:
    """Return the permissions that a role needs for this call."""
    action, query = str(response.data["Action"]), response.querystring
    if bucket is None:
        return [Need(f"s3:{action}", "*")]
    if key is None:
        return [_on_bucket(action, bucket, query)]
    resource = _arn(f"{bucket}/{key}")
    needs = [Need(f"s3:{name}", resource) for name in _object_actions(action, response)]
    source = response.headers.get("x-amz-copy-source")
    if source:
        needs.append(Need("s3:GetObject", _arn(source.removeprefix("/").split("?")[0])))
    return needs


def _arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"


def _on_bucket(action: str, bucket: str, query: Mapping[str, Any]) -> Need:
    if action in ("DeleteObject", "PutObject"):
        raise NotSupportedByTwin(f"the permissions of {action} by form or for several objects")
    # AWS: HeadBucket has no separate action.
    name = "ListBucket" if action == "HeadBucket" else action
    prefix = query.get("prefix", [""])[0]
    return Need(f"s3:{name}", _arn(bucket), {"s3:prefix": (prefix,)})


def _object_actions(action: str, response: Any) -> list[str]:
    query = response.querystring
    actions = [action]
    if action == "GetObject" and "versionId" in query:
        actions = ["GetObjectVersion"]
    if "attributes" in query:
        actions.append("GetObjectAttributes")
    if action == "PutObject" and "x-amz-tagging" in response.headers:
        actions.append("PutObjectTagging")
    return actions


def hides(response: Any, bucket: str | None, key: str | None) -> Need | None:
    """Return the permission without which a missing object looks forbidden.

    AWS: reading a missing object returns 403 to callers who may not list the bucket.
    """
    if bucket is None or key is None or response.method not in ("GET", "HEAD"):
        return None
    try:
        found = response.backend.get_object(bucket, key)
    except MissingBucket:
        return None
    return None if found is not None else _on_bucket("ListBucket", bucket, {})


def policy_of(response: Any, bucket: str | None) -> list[Mapping[str, Any]]:
    """Return the bucket's policy, if it has one."""
    try:
        policy = None if bucket is None else response.backend.get_bucket(bucket).policy
    except MissingBucket:
        policy = None
    return [] if policy is None else [json.loads(policy)]
