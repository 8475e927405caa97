"""What a review reads and writes: packages, policies, reports, records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.lifecycle import LifeStage
    from penstock.domain.policy.policy import Policy
    from penstock.domain.reviewing.package import ApprovalStatus, Package
    from penstock.ports.ledger import Feeder


class ListedPackage(NamedTuple):
    """A package as a listing shows it; `created_at` in ms."""

    arn: str
    created_at: int


class StoredPolicy(NamedTuple):
    """A group's policy as stored; `modified_at` in ms."""

    group: str
    version: str
    modified_at: int
    policy: Policy


class ReportText(NamedTuple):
    """A report's text and the SHA-256 of its bytes, in hex."""

    text: str
    sha256: str


class Registry(Protocol):
    """The model registry."""

    def package(self, arn: str) -> Package:
        """The package as it is now.

        Raises:
            Missing: there is none of this ARN.
        """
        ...

    def pending(self, group: str) -> Sequence[ListedPackage]:
        """Packages that wait for a decision, oldest first. Empty for an unknown group.

        Packages whose registration is in progress are included. Failed registrations are not.
        """
        ...

    def newest_approved(self, group: str) -> Package | None:
        """The highest version that is Completed and Approved. None if there is none."""
        ...

    def decide(
        self,
        arn: str,
        approval: ApprovalStatus | None,
        description: str,
        metadata: Mapping[str, str],
    ) -> None:
        """Write the decision and its reasons on the package. Other metadata stays.

        Args:
            arn: The package.
            approval: The new approval status. None leaves it as it is.
            description: The new approval description.
            metadata: Customer metadata to add or replace.
        """
        ...


class PackageStages(Protocol):
    """Where the stages of packages' lives are written."""

    def set_stage(self, arn: str, stage: LifeStage) -> None:
        """Write the stage of a package's life. Its approval and everything else stays.

        Raises:
            Missing: there is no package of this ARN.
            Unavailable: AWS has a transient failure, or somebody else writes at the moment.
        """
        ...


class Policies(Protocol):
    """The policies of all model package groups."""

    def policy(self, group: str) -> StoredPolicy:
        """The group's policy.

        Raises:
            Missing: the group has none.
            Refused: it is not a valid policy, or no group can have this name.
            Denied: it is encrypted, and the key may not be used.
        """
        ...

    def endpoints(self) -> Mapping[str, Feeder]:
        """The endpoint that every stored policy names, by group."""
        ...


class Reports(Protocol):
    """Evaluation reports and model artefacts."""

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        """Read a report.

        Args:
            uri: S3 URI of the report.
            expected_digest: `sha256:` and 64 hex digits, where registered.

        Raises:
            NoVerdict: It is missing, unreadable or too large, or its digest differs.
        """
        ...

    def artefact(self, uri: str) -> str:
        """The identity of an artefact's bytes.

        Returns:
            `version:...` or `etag:...` of an object, `listing:...` of a prefix.

        Raises:
            NoVerdict: It is missing or unreadable.
        """
        ...


class Records(Protocol):
    """The evidence bucket: JSON records that are kept."""

    def keep(self, key: str, record: Mapping[str, object]) -> str:
        """Store a record and return its URI. The same key again stores a new version."""
        ...

    def read(self, uri: str) -> Mapping[str, object]:
        """A record that was kept.

        Raises:
            Missing: there is none.
        """
        ...
