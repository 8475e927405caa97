"""Evidence records in the versioned evidence bucket."""

import json
from collections.abc import Mapping
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.policy.s3_uri import parse_s3_uri


class S3Records:
    """Records, through a boto3 S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, key: str, record: Mapping[str, object]) -> str:
        """Store a record and return its `s3://` URI."""
        body = json.dumps(record, indent=1, sort_keys=True, allow_nan=False)
        with translated():
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body.encode(),
                ContentType="application/json",
            )
        return f"s3://{self._bucket}/{key}"

    def read(self, uri: str) -> Mapping[str, object]:
        """A stored record.

        Raises:
            Missing: There is none.
        """
        place = parse_s3_uri(uri)
        with translated():
            found = self._client.get_object(Bucket=place.bucket, Key=place.key)
            document: dict[str, object] = json.loads(found["Body"].read())
        return document
