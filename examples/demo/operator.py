"""The steps that people do on AWS by hand, made with the same API calls."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from examples.screening.candidates import Artefacts, Candidate
from twin.cloud import Twin

EXAMPLE = Path(__file__).parents[1] / "screening"
SERVER = EXAMPLE / "serve.py"
POLICY = EXAMPLE / "policy.json"

BUCKET = "sagemaker-eu-west-1-123456789012"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/screening:1"
GROUP = "screening"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # enough for one row
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def policy(file: Path = POLICY) -> dict[str, Any]:
    """Read a policy of the example. All have the same endpoint and the same role."""
    document: dict[str, Any] = json.loads(file.read_text())
    return document


class Operator:
    """Prepares the account once, then registers models.

    `names` maps the ARN of each package to its model's name.
    """

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._sagemaker = twin.client("sagemaker")
        self._s3 = twin.client("s3")
        self.names: dict[str, str] = {}

    def prepare(self) -> None:
        """Create a bucket, an execution role, an image and a package group."""
        region = self._s3.meta.region_name
        self._s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region}
        )
        role = policy()["serving"]["execution_role_arn"].rpartition("/")[2]
        trust = json.dumps(TRUST)
        self._twin.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        self._push_image()
        self._sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)

    def write_policy(self, file: Path) -> None:
        """Write the policy of the package group."""
        self._twin.client("ssm").put_parameter(
            Name=f"{self._twin.outputs['PolicyPath']}/{GROUP}",
            Type="String",
            Value=json.dumps(policy(file)),
            Overwrite=True,
        )

    def register(self, candidate: Candidate, artefacts: Artefacts) -> str:
        """Upload a trained model and register it, pending approval. Return the package's ARN."""
        folder = f"s3://{BUCKET}/{self._upload(candidate.name, artefacts)}"
        created = self._sagemaker.create_model_package(
            ModelPackageGroupName=GROUP,
            ModelPackageDescription=candidate.story,
            ModelApprovalStatus="PendingManualApproval",
            InferenceSpecification=_inference(f"{folder}/{artefacts.model.name}"),
            ModelMetrics=_metrics(f"{folder}/{artefacts.evaluation.name}", artefacts.evaluation),
        )
        arn = str(created["ModelPackageArn"])
        self.names[arn] = candidate.name
        return arn

    def package(self, arn: str) -> dict[str, Any]:
        """Describe the package as the registry has it now."""
        found: dict[str, Any] = self._sagemaker.describe_model_package(ModelPackageName=arn)
        return found

    def _upload(self, name: str, artefacts: Artefacts) -> str:
        folder = f"{GROUP}/{name}"
        for file in (artefacts.model, artefacts.evaluation):
            self._s3.upload_file(str(file), BUCKET, f"{folder}/{file.name}")
        return folder

    def _push_image(self) -> None:
        digest = f"sha256:{hashlib.sha256(SERVER.read_bytes()).hexdigest()}"
        self._twin.images.register(IMAGE, [sys.executable, str(SERVER)], digest)


def _inference(model_url: str) -> dict[str, Any]:
    return {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": model_url, "Environment": ONE_THREAD}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["application/json", "text/csv"],
    }


def _metrics(url: str, evaluation: Path) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(evaluation.read_bytes()).hexdigest()}"
    source = {"ContentType": "application/json", "S3Uri": url, "ContentDigest": digest}
    return {"ModelQuality": {"Statistics": source}}
