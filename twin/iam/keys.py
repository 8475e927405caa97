"""KMS keys: decides who may use one, by its key policy and by IAM.

AWS: the key policy must allow the use, either for the caller or for the account, which delegates
the decision to IAM. A policy that names neither locks out even the account's administrators.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from moto.kms.models import kms_backends

from twin.core.account import ACCOUNT, REGION
from twin.iam.permission_needs import arn
from twin.iam.policy_language import Decision, Request, check, decide

Document = Mapping[str, Any]

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
DELEGATED: Document = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    ],
}
"""The default key policy of KMS, which delegates the decision to IAM."""
_LOGS = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")


class NoSuchKey(ValueError):
    """There is no key with this ARN in this account and region."""


def create(name: str, policy: Document = DELEGATED) -> str:
    """Create a key with the id `name`, so that a test can name it before it exists."""
    check(policy)
    backend = kms_backends[ACCOUNT][REGION]
    text = json.dumps(policy)
    key = backend.create_key(text, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", name, None)
    del backend.keys[key.id]
    key.id, key.arn = name, arn("kms", f"key/{name}")
    backend.keys[name] = key
    return str(key.arn)


def change_policy(key: str, policy: Document) -> None:
    """Replace a key's policy."""
    check(policy)
    _key(key).policy = json.dumps(policy)


def must_exist(key: str) -> None:
    """Check that a key exists in this account and region.

    Raises:
        NoSuchKey: it does not.
    """
    _key(key)


def must_let_logs_in(key: str, log_group: str) -> None:
    """AWS: CloudWatch Logs refuses a key that it may not use for this log group.

    Raises:
        ValueError: the key policy does not allow it.
    """
    context = {"kms:encryptioncontext:aws:logs:arn": (log_group,)}
    if not lets_service_in(key, f"logs.{REGION}.amazonaws.com", _LOGS, context):
        raise ValueError(f"the KMS key {key} is not allowed to be used with {log_group}")


def lets_service_in(
    key: str,
    service: str,
    actions: Iterable[str],
    context: Mapping[str, tuple[str, ...]],
) -> bool:
    """Return whether the key policy allows an AWS service to use it on its own behalf."""
    known = {"aws:sourceaccount": (ACCOUNT,), **context}
    requests = [Request(f"kms:{a}", _key(key).arn, known, {"Service": service}) for a in actions]
    return all(decide([_policy(key)], request) == "allowed" for request in requests)


def decide_use(request: Request, identity: Iterable[Document]) -> Decision:
    """Decide whether a role with these policies may use the key `request.resource`."""
    policy = _policy(request.resource)
    direct = decide([policy], request)
    delegated = decide([policy], replace(request, principal={"AWS": ROOT}))
    own = decide(identity, request)
    if "denied" in (direct, delegated, own):
        return "denied"
    if direct == "allowed" or delegated == own == "allowed":
        return "allowed"
    return "not allowed"


def _key(key: str) -> Any:
    """Find a key by its ARN, its id or an alias."""
    backend = kms_backends[ACCOUNT][REGION]
    found = backend.keys.get(backend.any_id_to_key_id(key) or "")
    if found is None or (key.startswith("arn:") and key.split(":")[3] != REGION):
        raise NoSuchKey(f"NotFoundException: the key {key} does not exist in {REGION}")
    return found


def arn_of(key: str) -> str:
    """Return the ARN of a key, given its ARN, its id or an alias."""
    return str(_key(key).arn)


def _policy(key: str) -> Document:
    policy: Document = json.loads(_key(key).policy)
    return policy
