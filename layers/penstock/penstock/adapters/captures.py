"""Captured answers in S3: a folder for each variant and hour, JSON Lines in it (facts 3.8)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.policy.s3_uri import parse_s3_uri
from penstock.ports.captures import CapturedLines

MOST_FILES = 60
MOST_BYTES = 16 * 1024 * 1024
"""Of one variant at one look: a function has a minute and its memory for all that it reads."""
_HOUR_MS = 3_600_000


class S3Captures:
    """Captures, through a boto3 S3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(
        self, s3_uri: str, endpoint: str, variant: str, first: int, until: int
    ) -> CapturedLines:
        """List the hours' folders, and read the oldest files until there are enough."""
        place = parse_s3_uri(s3_uri)
        root = "/".join(filter(None, (place.key.strip("/"), endpoint, variant)))
        with translated():
            hours = range(first // _HOUR_MS, until // _HOUR_MS + 1)
            folders = [f"{root}/{_hour(hour)}/" for hour in hours]
            found = [each for folder in folders for each in self._listed(place.bucket, folder)]
            new = [each for each in found if _written(each) >= first // 1000 * 1000]
            new.sort(key=lambda each: (each["LastModified"], each["Key"]))
            taken = _first(new)
            texts = [self._text(place.bucket, each["Key"]) for each in taken]
        lines = [line for text in texts for line in text.split("\n") if line]
        return CapturedLines(lines, len(taken) == len(new))

    def _listed(self, bucket: str, folder: str) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
        for page in pages:
            yield from page.get("Contents", [])

    def _text(self, bucket: str, key: str) -> str:
        data: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return data.decode(errors="replace")


def _hour(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y/%m/%d/%H")


def _written(listed: Mapping[str, Any]) -> int:
    written: float = listed["LastModified"].timestamp()
    return round(written * 1000)


def _first(files: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    size, taken = 0, []
    for each in files[:MOST_FILES]:
        size += int(each["Size"])
        if size > MOST_BYTES:
            break
        taken.append(each)
    return taken
