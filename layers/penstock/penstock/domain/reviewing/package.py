"""Versions of model package groups, as the registry shows them."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.errors import Foreign, Refused
from penstock.domain.home import Home
from penstock.domain.ledger.lifecycle import LifeStage
from penstock.domain.policy.approval import ReportName

PackageStatus = Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"]
UNDERWAY: frozenset[PackageStatus] = frozenset({"Pending", "InProgress", "Completed"})
"""Statuses of packages that are registered or in registration."""
ApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]{9,16}):(?P<account>[0-9]{12})"
    r":model-package/(?P<name>[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})/(?P<version>[1-9][0-9]{0,8})"
)

_GROUP = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}")


class PackageArn(NamedTuple):
    """The parts of a versioned package's ARN; the group in it may be lower-cased (facts 2.1)."""

    arn: str
    account: str
    region: str
    name: str
    version: int
    partition: str = "aws"


class ReportSource(BaseModel):
    """Where a report is."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    uri: str = Field(description="S3 URI of the report.")
    digest: str | None = Field(
        default=None, description="`sha256:` and 64 hex digits, where registered."
    )


class Container(BaseModel):
    """One container of an inference specification."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    image: str | None = Field(default=None, description="Image, as registered.")
    image_digest: str | None = Field(
        default=None, description="Digest of the image, as registered."
    )
    model_data_url: str | None = Field(
        default=None,
        description="S3 URI of the model artefact. None where the image holds the model.",
    )
    more_artefacts: tuple[str, ...] = Field(
        default=(), description="S3 URIs of additional data sources and of the model's manifest."
    )
    environment: Mapping[str, str] = Field(default={}, description="Environment variables.")
    hostname: str | None = Field(default=None, description="Host name of the container.")
    product: str | None = Field(default=None, description="Product id on the AWS Marketplace.")

    @property
    def artefacts(self) -> tuple[str, ...]:
        """The S3 URI of everything that the container reads when it starts."""
        own = (self.model_data_url,) if self.model_data_url else ()
        return (*own, *self.more_artefacts)

    @property
    def digests(self) -> frozenset[str]:
        """Digests that the image may resolve to: the registered one, and one in its name."""
        _, _, pinned = (self.image or "").partition("@")
        return frozenset(digest for digest in (self.image_digest, pinned) if digest)

    @property
    def settings_digest(self) -> str:
        """Digest of image, host name and environment, as registered."""
        of_image = [self.image, self.image_digest, self.hostname]
        settings = json.dumps([*of_image, sorted(self.environment.items())])
        return f"sha256:{hashlib.sha256(settings.encode()).hexdigest()}"


class Package(BaseModel):
    """A version of a model package group, as registered."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    arn: str = Field(description="ARN of the version.")
    group: str = Field(description="Name of the group, as the registry spells it.")
    version: int = Field(description="Number of the version.")
    region: str = Field(description="Region of the ARN.")
    account: str = Field(description="Account of the ARN.")
    status: PackageStatus = Field(description="Status of the registration.")
    approval: ApprovalStatus = Field(description="Approval status.")
    created_at: int = Field(description="When it was registered, in ms.")
    last_modified: int = Field(description="When it was last changed, in ms.")
    containers: tuple[Container, ...] = Field(
        default=(), description="Containers of the inference specification that is released."
    )
    others: Mapping[str, tuple[Container, ...]] = Field(
        default={}, description="Containers of the additional inference specifications, by name."
    )
    has_inference_spec: bool = Field(
        default=False, description="Whether it has an inference specification."
    )
    reports: Mapping[ReportName, ReportSource] = Field(
        default={}, description="Where its reports are."
    )
    metadata: Mapping[str, str] = Field(default={}, description="Customer metadata.")
    life: LifeStage | None = Field(
        default=None, description="Stage of its life. None where it has none."
    )
    approval_description: str = Field(default="", description="The approval description.")

    @property
    def home(self) -> Home:
        """Where it is registered, and therefore served."""
        return Home(self.account, self.region, self.arn.split(":")[1])

    @property
    def pending(self) -> bool:
        """Whether a decision may still be written: registered, and nobody has decided."""
        return self.status == "Completed" and self.approval == "PendingManualApproval"

    @property
    def undecided(self) -> bool:
        """Whether there is, or will be, a decision to make."""
        return self.status in UNDERWAY and self.approval == "PendingManualApproval"

    @property
    def incomplete(self) -> str:
        """What the package still lacks before it can be reviewed, as a sentence. Empty if nothing.

        Registration takes time, and UpdateModelPackage can add the specification later.
        """
        if self.status in ("Pending", "InProgress"):
            return f"the package is {self.status}, not Completed: its registration is under way"
        if not self.has_inference_spec:
            return "the package has no inference specification yet, so it waits to be completed"
        return ""

    def specified(self, name: str | None) -> "Package":
        """This package with the containers of one inference specification.

        Args:
            name: The additional specification. None: the package's main one.

        Raises:
            Refused: It has no such specification.
        """
        if name is None:
            return self
        if name not in self.others:
            known = ", ".join(sorted(self.others)) or "none"
            raise Refused(
                f"serving.inference_specification_name is {name}, and the package has no such "
                f"additional inference specification (it has: {known})"
            )
        return self.model_copy(update={"containers": self.others[name]})

    def check_servable(self) -> None:
        """Check that this version of Penstock can serve the package.

        Raises:
            Refused: It has several containers.
        """
        if len(self.containers) > 1:
            single = sorted(name for name, found in self.others.items() if len(found) == 1)
            named = f"name {' or '.join(single)} in serving.inference_specification_name, or "
            raise Refused(
                f"the package has {len(self.containers)} containers, and this version releases "
                f"packages with one: either {named if single else ''}register the model in one "
                "container, or deploy the pipeline without Penstock"
            )


def check_group_name(name: str) -> None:
    """Check that the registry can have a group of this name (botocore: EntityName).

    Raises:
        Refused: It cannot.
    """
    if not _GROUP.fullmatch(name):
        raise Refused(
            f"{name!r} cannot be the name of a model package group: "
            "letters, digits and single hyphens between them, at most 63 characters"
        )


def parse_package_arn(arn: str, home: Home | None = None) -> PackageArn:
    """Parse the ARN of a versioned model package.

    Raises:
        Refused: It is no such ARN.
        Foreign: It names another account, region or partition than `home`.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise Refused(f"{arn!r} is not the ARN of a versioned model package")
    account, region, partition = match["account"], match["region"], match["partition"]
    parts = PackageArn(arn, account, region, match["name"], int(match["version"]), partition)
    if home and Home(account, region, partition) != home:
        apart = partition != home.partition
        raise Foreign(
            f"{arn} belongs to {_place(parts, apart)}; this stack works in {_place(home, apart)}"
        )
    return parts


def _place(where: Home | PackageArn, with_partition: bool) -> str:
    partition = f", partition {where.partition}" if with_partition else ""
    return f"account {where.account} in {where.region}{partition}"
