"""The permissions that a call needs on the KMS key that encrypts its data.

AWS: each service uses the key with the caller's permissions, and names itself in kms:ViaService.
Data under keys that AWS owns or manages needs no permissions.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.s3.exceptions import MissingBucket
from moto.sns.models import sns_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends
from moto.ssm.models import ssm_backends

from twin.core.account import ACCOUNT, REGION
from twin.iam import keys
from twin.iam.permission_needs import Need, Params

ConfigKey = Callable[[str], str | None]
"""Maps an endpoint configuration's name to its key. None if it has no key or does not exist."""
BOTH_READINGS = frozenset({"CreateEndpointConfig", "CreateEndpoint", "UpdateEndpoint"})
"""The calls that need kms:CreateGrant. AWS does not document which, so by default it is all."""


class KeyNeeds:
    """The uses of keys by calls. In those of `grant_at`, SageMaker creates a grant."""

    def __init__(self) -> None:
        self.grant_at = BOTH_READINGS
        self.key_of_config: ConfigKey = lambda _: None

    def of(self, service: str, operation: str, params: Params, needs: list[Need]) -> list[Need]:
        """Return the uses in a call to any service but S3. `needs` are its other permissions."""
        match service:
            case "dynamodb":
                return [use for key in _table_keys(needs) for use in _uses(service, key, "Decrypt")]
            case "sns":
                return [*_uses(service, _topic_key(needs), "GenerateDataKey", "Decrypt")]
            case "sqs":
                writing = ("GenerateDataKey",) if operation == "SendMessage" else ()
                return [*_uses(service, _queue_key(params), *writing, "Decrypt")]
            case "ssm":
                return [use for key in _secrets(params) for use in _uses(service, key, "Decrypt")]
            case "sagemaker":
                return [*self._granting(operation, params)]
        return []

    def _granting(self, operation: str, params: Params) -> Iterator[Need]:
        if operation not in self.grant_at:
            return
        key = params.get("KmsKeyId") or self.key_of_config(str(params["EndpointConfigName"]))
        yield from _uses("sagemaker", key, "CreateGrant", "DescribeKey")


def of_object(response: Any, bucket: str | None, key: str | None) -> list[Need]:
    """Return the uses in a call to S3 on one object."""
    if bucket is None or key is None:
        return []
    if response.method == "PUT":
        return [*_uses("s3", _key_for_new(response, bucket), "GenerateDataKey")]
    try:
        found = response.backend.get_object(bucket, key)
    except MissingBucket:
        return []
    encrypted = found is not None and found.encryption == "aws:kms"
    return [*_uses("s3", found.kms_key_id if encrypted else None, "Decrypt")]


def _uses(service: str, key: str | None, *actions: str) -> Iterator[Need]:
    if not key or key.rsplit(":", 1)[-1].startswith("alias/aws/"):
        return
    context = {
        "kms:viaservice": (f"{service}.{REGION}.amazonaws.com",),
        "kms:calleraccount": (ACCOUNT,),
    }
    for action in actions:
        granting = {"kms:grantisforawsresource": ("true",)} if action == "CreateGrant" else {}
        yield Need(f"kms:{action}", keys.arn_of(key), {**context, **granting})


def _table_keys(needs: Iterable[Need]) -> Iterator[str]:
    tables = dynamodb_backends[ACCOUNT][REGION].tables
    for name in sorted({need.resource.split("/")[1] for need in needs}):
        encryption = tables[name].sse_specification if name in tables else None
        if encryption and encryption.get("SSEType") == "KMS":
            yield encryption["KMSMasterKeyId"]


def _topic_key(needs: Iterable[Need]) -> str | None:
    topics = sns_backends[ACCOUNT][REGION].topics
    found = [topics.get(need.resource) for need in needs]
    return next((str(topic.kms_master_key_id) for topic in found if topic), None)


def _queue_key(params: Params) -> str | None:
    try:
        queue = sqs_backends[ACCOUNT][REGION].get_queue(str(params["QueueUrl"]).rsplit("/", 1)[-1])
    except QueueDoesNotExist:
        return None
    return getattr(queue, "kms_master_key_id", None) or None  # moto sets it only by this name


def _secrets(params: Params) -> Iterator[str]:
    """Yield the keys of decrypted SecureStrings. If one is refused, the whole call fails."""
    if not params.get("WithDecryption"):
        return
    stored = ssm_backends[ACCOUNT][REGION]._parameters  # noqa: SLF001  # no public way to all
    for name, versions in list(stored.items()):
        if versions and _is_read(name, params) and versions[-1].parameter_type == "SecureString":
            yield str(versions[-1].keyid or "alias/aws/ssm")


def _is_read(name: str, params: Params) -> bool:
    if "Path" in params:
        below = f"{str(params['Path']).rstrip('/')}/"
        return name.startswith(below) and (params.get("Recursive") or "/" not in name[len(below) :])
    return name in params.get("Names", [params.get("Name")])


def _key_for_new(response: Any, bucket: str) -> str | None:
    """Return the key that encrypts a new object: the request's, or the bucket's default."""
    if response.headers.get("x-amz-server-side-encryption") == "aws:kms":
        return str(response.headers.get("x-amz-server-side-encryption-aws-kms-key-id", "")) or None
    try:
        rule = (response.backend.get_bucket(bucket).encryption or {}).get("Rule", {})
    except MissingBucket:
        return None
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") == "aws:kms" else None
