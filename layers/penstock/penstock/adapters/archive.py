"""The judged minutes of each release, one object per release in the evidence bucket."""

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.adapters.records import S3Records
from penstock.domain.errors import NotKept, PenstockError
from penstock.domain.judging.counts import Minute
from penstock.domain.judging.transcript import Transcript, continued


class S3Archive:
    """Archive, through a boto3 S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._records = S3Records(client, bucket)
        self._bucket = bucket

    def add(
        self,
        endpoint: str,
        release: str,
        minutes: Sequence[Minute],
        *,
        more: bool,
        name: str = "minutes",
    ) -> str:
        """Append to the stored minutes.

        Every failure of S3 is NotKept, because none may stop a release.

        The object is read only if it was written before. Without the permission to list the bucket,
        S3 answers 403 for a missing object.
        """
        key = _key(endpoint, release, name)
        try:
            before = self._records.read(f"s3://{self._bucket}/{key}") if more else Transcript()
            return self._records.keep(key, continued(before, minutes))
        except (PenstockError, ValueError) as error:
            raise NotKept(str(error)) from error

    def read_note(self, endpoint: str, release: str, name: str) -> Mapping[str, Any]:
        """What was stored last by this name."""
        try:
            return self._records.read(f"s3://{self._bucket}/{_key(endpoint, release, name)}")
        except (PenstockError, ValueError) as error:
            raise NotKept(str(error)) from error

    def note(self, endpoint: str, release: str, name: str, document: Mapping[str, Any]) -> str:
        """Store a document beside the minutes. Every failure of S3 is NotKept."""
        try:
            return self._records.keep(_key(endpoint, release, name), document)
        except (PenstockError, ValueError) as error:
            raise NotKept(str(error)) from error


def _key(endpoint: str, release: str, name: str) -> str:
    return f"releases/{endpoint}/{release}/{name}.json"
