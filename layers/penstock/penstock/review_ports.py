"""What the review needs of the world, in the domain's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.place import Key
    from penstock.domain.policy.policy import Policy
    from penstock.domain.reviewing.package import ApprovalStatus, Package
    from penstock.domain.reviewing.review import Review


class Listed(NamedTuple):
    """A package as a listing shows it; `created_at` in ms."""

    arn: str
    created_at: int


class StoredPolicy(NamedTuple):
    """A group's policy as stored; `modified_at` in ms."""

    group: str
    version: str
    modified_at: int
    policy: Policy


class Feeder(NamedTuple):
    """What a stored policy names, and its version; no endpoint where it cannot be read."""

    endpoint: str | None
    version: str


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

    def pending(self, group: str) -> Sequence[Listed]:
        """Packages that wait for a decision, oldest first; none of an unknown group.

        Those whose registration is under way are among them, those where it failed are not.
        """
        ...

    def newest_approved(self, group: str) -> Package | None:
        """The highest Completed and Approved version; None where there is none."""
        ...

    def decide(
        self,
        arn: str,
        approval: ApprovalStatus | None,
        description: str,
        metadata: Mapping[str, str],
    ) -> None:
        """Write the decision (None: leave it) and why; other metadata stays."""
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
        """What every stored policy names, by group."""
        ...


class Feeders(Protocol):
    """What the last sweep found that the policies name."""

    def feeders(self) -> Mapping[str, Feeder]:
        """By group; empty where it is not known."""
        ...

    def keep_feeders(self, feeders: Mapping[str, Feeder]) -> None:
        """Keep it in place of what an earlier sweep found."""
        ...


class Reports(Protocol):
    """Evaluation reports and model artefacts."""

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        """A report's text.

        Raises:
            NoVerdict: not there, no access, too large, or its digest is not the registered one.
        """
        ...

    def artefact(self, uri: str) -> str:
        """What names the artefact's bytes: `version:...`, `etag:...`, for a prefix `listing:...`.

        Raises:
            NoVerdict: not there or no access.
        """
        ...


class Reviewing(Protocol):
    """The review, asked to look at a package; it looks for itself whether it is needed."""

    def ask(self, arn: str) -> None:
        """Have it reviewed later."""
        ...

    def review(self, arn: str) -> None:
        """Have it reviewed before this returns.

        Raises:
            Unavailable: it was not, or nobody knows.
        """
        ...


class Records(Protocol):
    """The evidence: JSON records that stay."""

    def keep(self, key: str, record: Mapping[str, object]) -> str:
        """Store a record; answers its URI. The same key again keeps a new version."""
        ...

    def read(self, uri: str) -> Mapping[str, object]:
        """A record that was kept.

        Raises:
            Missing: there is none.
        """
        ...


class Reviews(Protocol):
    """The ledger's memory of reviews."""

    def remembered(self, arn: str) -> Review | None:
        """The last review of this package.

        Raises:
            Damaged: what is remembered was edited and cannot be read.
        """
        ...

    def remember(self, review: Review) -> None:
        """Keep it in place of an earlier one."""
        ...


class LiveMetrics(Protocol):
    """What the ledger kept of the reports of the package that serves."""

    def live_metrics(self, key: Key) -> Mapping[str, object] | None:
        """`Assessment.metrics` of the live package, {} where unknown; None: nothing is live."""
        ...
