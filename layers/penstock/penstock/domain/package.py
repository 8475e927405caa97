"""A version of a model package group, as the registry shows it."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from penstock.domain.approval import ReportName
from penstock.domain.errors import Refused

PackageStatus = Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"]
ApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]{9,16}):(?P<account>[0-9]{12})"
    r":model-package/(?P<name>[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})/(?P<version>[1-9][0-9]{0,8})"
)


class Home(NamedTuple):
    """The account and region that this Penstock works in."""

    account: str
    region: str

    def key(self, name: str) -> str:
        """The ARN of a key that is named by its id alone."""
        return f"arn:aws:kms:{self.region}:{self.account}:key/{name}"


class PackageArn(NamedTuple):
    """The parts of a versioned package's ARN; the group in it may be lower-cased (facts 2.1)."""

    arn: str
    account: str
    region: str
    name: str
    version: int


class ReportSource(BaseModel):
    """Where a report lies; `digest` is `sha256:` and 64 hex digits, where registered."""

    model_config = ConfigDict(frozen=True)

    uri: str
    digest: str | None = None


class Container(BaseModel):
    """One container of the inference specification; no artefact when the image holds the model."""

    model_config = ConfigDict(frozen=True)

    image: str | None = None
    image_digest: str | None = None
    model_data_url: str | None = None
    environment: Mapping[str, str] = {}


class Package(BaseModel):
    """What is registered; times in ms since 1970, `group` as it is spelled in the registry."""

    model_config = ConfigDict(frozen=True)

    arn: str
    group: str
    version: int
    region: str
    account: str
    status: PackageStatus
    approval: ApprovalStatus
    created_at: int
    last_modified: int
    containers: tuple[Container, ...] = ()
    has_inference_spec: bool = False
    reports: Mapping[ReportName, ReportSource] = {}
    metadata: Mapping[str, str] = {}
    approval_description: str = ""

    @property
    def pending(self) -> bool:
        """Whether a decision may still be written: complete, and nobody has decided."""
        return self.status == "Completed" and self.approval == "PendingManualApproval"


def parse_package_arn(arn: str, home: Home | None = None) -> PackageArn:
    """The parts of the ARN of a versioned model package.

    Raises:
        Refused: it is no such ARN, or it names another account or region than `home`.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise Refused(f"{arn!r} is not the ARN of a versioned model package")
    parts = PackageArn(arn, match["account"], match["region"], match["name"], int(match["version"]))
    if home and (parts.account, parts.region) != home:
        raise Refused(
            f"{arn} belongs to account {parts.account} in {parts.region}; "
            f"this Penstock works in account {home.account} in {home.region}"
        )
    return parts
