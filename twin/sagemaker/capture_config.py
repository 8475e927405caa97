"""DataCaptureConfig of an endpoint configuration."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from twin.core.account import Answer, Params, refused
from twin.core.hooks import NotSupportedByTwin

Side = Literal["INPUT", "OUTPUT"]
_SIDES: Mapping[str, frozenset[Side]] = {
    "Input": frozenset({"INPUT"}),
    "Output": frozenset({"OUTPUT"}),
    "InputAndOutput": frozenset({"INPUT", "OUTPUT"}),
}


@dataclass(frozen=True)
class CaptureConfig:
    """What is captured of an endpoint's requests, and where to.

    `encodings` maps a content type to CSV or JSON. AWS: all others are captured in base64.
    """

    enabled: bool
    percentage: int
    uri: str
    bucket: str
    prefix: str
    key_id: str | None
    sides: frozenset[Side]
    encodings: Mapping[str, str]

    def describe(self) -> Answer:
        """AWS: the summary in DescribeEndpoint has nothing else (facts 3.8)."""
        return {
            "EnableCapture": self.enabled,
            "CaptureStatus": "Started" if self.enabled else "Stopped",
            "CurrentSamplingPercentage": self.percentage,
            "DestinationS3Uri": self.uri,
            "KmsKeyId": self.key_id or "",
        }

    def encode(self, content_type: str, body: bytes, *, exactly: bool) -> tuple[str, str]:
        """Return a body's encoding and its text. `exactly` compares parameters of types too."""
        name = content_type if exactly else content_type.split(";", maxsplit=1)[0].strip()
        encoding = self.encodings.get(name)
        if encoding is None:
            return "BASE64", base64.b64encode(body).decode()
        try:
            return encoding, body.decode()
        except UnicodeDecodeError as error:
            raise NotSupportedByTwin(f"captured {encoding} that is not UTF-8") from error


def capture_of(params: Params) -> CaptureConfig | None:
    """Return the capture that CreateEndpointConfig asks for.

    AWS: capture is enabled unless EnableCapture is false (botocore).
    """
    given: Any = params.get("DataCaptureConfig")
    if given is None:
        return None
    address = urlsplit(given["DestinationS3Uri"])
    if address.scheme != "s3":
        raise NotSupportedByTwin("a DestinationS3Uri that does not begin with s3://")
    if not address.netloc:
        raise refused("DestinationS3Uri needs a bucket.")
    modes = [option["CaptureMode"] for option in given["CaptureOptions"]]
    return CaptureConfig(
        given.get("EnableCapture", True),
        given["InitialSamplingPercentage"],
        given["DestinationS3Uri"],
        address.netloc,
        address.path.strip("/"),
        given.get("KmsKeyId"),
        frozenset().union(*(_SIDES[mode] for mode in modes)),
        _encodings(given.get("CaptureContentTypeHeader", {})),
    )


def _encodings(header: Params) -> Mapping[str, str]:
    csv, json = header.get("CsvContentTypes", []), header.get("JsonContentTypes", [])
    if both := set(csv) & set(json):
        raise NotSupportedByTwin(f"content types that are both CSV and JSON: {sorted(both)}")
    return dict.fromkeys(csv, "CSV") | dict.fromkeys(json, "JSON")
