"""Golden requests in S3, and SageMaker's runtime, which asks them."""

import hashlib
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from penstock.adapters.failures import translated
from penstock.domain.errors import Damaged, Denied, Missing, Refused, RefusedByAws, Unavailable
from penstock.domain.golden.golden_file import MOST_GOLDEN_BYTES, GoldenRequest
from penstock.domain.policy.s3_uri import parse_s3_uri
from penstock.ports.golden import ModelAnswer


class S3GoldenFiles:
    """Golden files, through a boto3 S3 client. Kept ones are in the evidence bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, s3_uri: str) -> bytes:
        """A file of people.

        Raises:
            Refused: It is missing, too large, or cannot be read.
        """
        said = f"the golden requests {s3_uri} cannot be read"
        try:
            with translated():
                place = parse_s3_uri(s3_uri)
                found = self._client.get_object(Bucket=place.bucket, Key=place.key)
                size = int(found["ContentLength"])
                data: bytes = found["Body"].read() if size <= MOST_GOLDEN_BYTES else b""
        except (Missing, Denied, RefusedByAws) as error:
            raise Refused(f"{said}: {error}") from error
        if size > MOST_GOLDEN_BYTES:
            raise Refused(f"{said}: they have {size} bytes, more than {MOST_GOLDEN_BYTES}")
        return data

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep bytes under their digest."""
        with translated():
            self._client.put_object(
                Bucket=self._bucket,
                Key=_key(sha256),
                Body=data,
                ContentType="application/jsonlines",
            )

    def kept(self, sha256: str) -> bytes:
        """The bytes with this digest.

        Raises:
            Damaged: They are gone, or were edited.
        """
        where = f"s3://{self._bucket}/{_key(sha256)}"
        try:
            with translated():
                found = self._client.get_object(Bucket=self._bucket, Key=_key(sha256))
                data: bytes = found["Body"].read()
        except Missing as error:
            raise Damaged(
                f"the golden requests that were read at Plan are gone: {where}"
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"the golden requests that were read at Plan were edited: {where}")
        return data


def _key(sha256: str) -> str:
    return f"golden/{sha256}.jsonl"


class SageMakerModels:
    """Models of real-time endpoints. `client` makes a runtime client that waits so many seconds."""

    def __init__(self, client: Callable[[int], Any]) -> None:
        self._client = client

    def ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        """Name the variant, so that its weight does not matter (facts 3.6).

        Raises:
            Unavailable: There was no answer in time, or SageMaker throttled the request.
        """
        with translated():
            try:
                answer = self._client(timeout_seconds).invoke_endpoint(
                    EndpointName=endpoint,
                    TargetVariant=variant,
                    Body=request.body,
                    ContentType=request.content_type,
                    Accept=request.accept,
                )
                return ModelAnswer(200, answer["Body"].read().decode(errors="replace"))
            except ClientError as error:
                if error.response["Error"]["Code"] != "ModelError":
                    raise
                return _of_the_model(error.response)


def _of_the_model(response: Any) -> ModelAnswer:
    """An error of the model. The status is 0 where the model did not answer (facts 3.6)."""
    status = int(response.get("OriginalStatusCode") or 0)
    said = str(response.get("OriginalMessage") or "")
    if not status:
        raise Unavailable(said or "the model did not answer")
    return ModelAnswer(status, said)
