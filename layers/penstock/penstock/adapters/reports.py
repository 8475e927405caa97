"""Evaluation reports and model artefacts in S3."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import (
    Missing,
    NoVerdict,
    PenstockError,
    RefusedByAws,
    Unavailable,
    UnreadableNow,
)
from penstock.domain.policy.s3_uri import S3Location, parse_s3_uri
from penstock.ports.registry import ReportText

LARGEST_REPORT = 5 * 1024 * 1024
"""Most bytes of a report."""


class S3Reports:
    """Reports, through a boto3 S3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        """Read a report.

        Raises:
            NoVerdict: It cannot be read, or its digest differs.
        """
        with _no_verdict("report", uri):
            place = parse_s3_uri(uri)
            found = self._client.get_object(Bucket=place.bucket, Key=place.key)
            size = int(found["ContentLength"])
            data = found["Body"].read() if size <= LARGEST_REPORT else b""
        if size > LARGEST_REPORT:
            raise NoVerdict(f"the report {uri} has {size} bytes, more than {LARGEST_REPORT}")
        digest = hashlib.sha256(data).hexdigest()
        if expected_digest and expected_digest.lower() != f"sha256:{digest}":
            raise NoVerdict(f"the report {uri} is not the registered one: its digest differs")
        return ReportText(data.decode("utf-8-sig", errors="replace"), digest)

    def artefact(self, uri: str) -> str:
        """The identity of an artefact's bytes.

        Raises:
            NoVerdict: It cannot be read.
        """
        with _no_verdict("artefact", uri):
            place = parse_s3_uri(uri)
            return self._listing(place) if place.key.endswith("/") else self._object(place)

    def _object(self, place: S3Location) -> str:
        found = self._client.head_object(Bucket=place.bucket, Key=place.key)
        version = found.get("VersionId")
        if version and version != "null":
            return f"version:{version}"
        return f"etag:{found['ETag'].strip(chr(34))}"

    def _listing(self, place: S3Location) -> str:
        """Identity of an uncompressed artefact, which is a prefix: the hash of every key with
        its ETag.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=place.bucket, Prefix=place.key
        )
        lines = [f"{o['Key']} {o['ETag']}" for page in pages for o in page.get("Contents", [])]
        if not lines:
            raise Missing("there is no object under this prefix")
        return f"listing:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


@contextmanager
def _no_verdict(what: str, uri: str) -> Iterator[None]:
    """Translate refusals of S3 into NoVerdict.

    Objects under a customer-provided key are refused with 400.
    """
    said = f"the {what} {uri} cannot be read"
    try:
        with translated():
            yield
    except Unavailable as error:
        raise UnreadableNow(f"{said}: {error}") from error
    except RefusedByAws as error:
        key = "an object that is encrypted under a customer-provided key cannot be read at all"
        raise NoVerdict(f"{said}: {error}; {key}") from error
    except PenstockError as error:
        raise NoVerdict(f"{said}: {error}") from error
