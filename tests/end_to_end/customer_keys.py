"""A company's account: everything under its keys, its roles under a boundary, all of it tagged."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.bench import Bench
from tests.end_to_end.policies import laid_over, quick
from tests.end_to_end.stage import BUCKET, KEY, ROOT, deployed
from twin.before import Before
from twin.cloud import Twin
from twin.iam import keys

Document = dict[str, Any]

OWN = KEY.replace("endpoints", "penstock")
DATA = KEY.replace("endpoints", "data")
OUTSIDE = KEY.replace("endpoints", "outside")
BOUNDARY = "arn:aws:iam::123456789012:policy/limits"
PARAMETERS = {
    "KmsKeyArns": KEY,
    "ReadKeyArns": DATA,
    "EncryptionKeyArn": OWN,
    "PermissionsBoundaryArn": BOUNDARY,
    "RolePath": "/ml/penstock/",
}
_PAGE = (ROOT / "docs" / "operations.md").read_text()
_SERVICES = (
    *("application-autoscaling", "cloudwatch", "dynamodb", "events", "kms", "lambda", "logs"),
    *("s3", "sagemaker", "sns", "sqs", "ssm", "states", "xray"),
)


def advised(which: str) -> list[Document]:
    """The statements that docs/operations.md tells people to put into a key's policy."""
    text = re.search(rf"```json key-policy: {which}\n(.*?)```", _PAGE, re.DOTALL)
    if text is None:
        raise AssertionError(f"operations.md has no policy for {which}")
    found = json.loads(text[1])
    return found if isinstance(found, list) else [found]


def policy(*statements: Document) -> Document:
    """An IAM document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def denying_unless(present: str, *actions: str) -> Document:
    """A service control policy: nobody does this without that."""
    return policy(
        {
            "Effect": "Deny",
            "Action": [*actions],
            "Resource": "*",
            "Condition": {"Null": {present: "true"}},
        }
    )


OWN_POLICY = policy(*advised("every key"), *advised("EncryptionKeyArn"))
LIMITS = policy(
    {"Effect": "Allow", "Action": [f"{name}:*" for name in _SERVICES], "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
)
OTHERS = ("endpoints", "data", "outside")
CREATED = ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")
COMPANY = Before(
    keys={
        "penstock": OWN_POLICY,
        **dict.fromkeys(("endpoints", "data", "outside"), keys.DELEGATED),
    },
    boundaries={"limits": LIMITS},
    control_policies=(
        denying_unless("iam:PermissionsBoundary", "iam:CreateRole"),
        denying_unless("aws:RequestTag/team", *(f"sagemaker:{each}" for each in CREATED)),
    ),
)


@contextmanager
def company() -> Iterator[Twin]:
    """The stack in such an account; the bucket of reports and artefacts lies under a key, too."""
    with deployed(parameters=PARAMETERS, account=COMPANY) as twin:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": DATA}
        twin.client("s3").put_bucket_encryption(
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
            },
        )
        yield twin


class SecretBench(Bench):
    """A corner whose policy is a SecureString, and whose endpoint has a key and tags."""

    def policy(self, changes: Mapping[str, Any] | None = None, text: str | None = None) -> None:
        """Store the policy under the key of the data."""
        theirs = {"serving": {"kms_key_arn": KEY, "tags": {"team": "ml"}}}
        keyed = laid_over(theirs, changes or {})
        self.twin.client("ssm").put_parameter(
            Name=self.parameter,
            Type="SecureString",
            KeyId=DATA,
            Value=text or json.dumps(quick(self.endpoint, keyed)),
            Overwrite=True,
        )

    def encrypt_outside(self, key: str) -> None:
        """Store an object again, under a key that no parameter names."""
        self.twin.client("s3").copy_object(
            Bucket=BUCKET,
            Key=key,
            CopySource={"Bucket": BUCKET, "Key": key},
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=OUTSIDE,
        )
