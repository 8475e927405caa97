"""Reviews that are due at a sweep: lost events, missing verdicts, interrupted reviews."""

from dataclasses import dataclass

from penstock.domain.errors import Damaged, Denied, Missing, Refused
from penstock.domain.reviewing.package import Package
from penstock.ports.clock import Clock
from penstock.ports.ledger import Reviews
from penstock.ports.registry import ListedPackage, Policies, Registry, StoredPolicy


@dataclass(frozen=True)
class DueReviews:
    """Finds the pending packages that are due. It reviews nothing itself."""

    registry: Registry
    policies: Policies
    reviews: Reviews
    clock: Clock

    def due(self, group: str) -> tuple[str, ...]:
        """ARNs of the group's packages that are due, the oldest first.

        Raises:
            Unavailable: AWS did not answer; the next sweep goes on.
        """
        stored = self._usable(group)
        pending = self.registry.pending(group)
        return tuple(listed.arn for listed in pending if self._is_due(listed, stored))

    def _usable(self, group: str) -> StoredPolicy | None:
        try:
            return self.policies.policy(group)
        except (Missing, Refused, Denied):
            return None

    def _is_due(self, listed: ListedPackage, stored: StoredPolicy | None) -> bool:
        """Whether a package is due.

        One that is older than the policy is not, unless its review has begun.
        """
        try:
            before = self.reviews.remembered(listed.arn)
        except Damaged:
            return True  # the review replaces what was edited
        if before is None:
            return stored is not None and listed.created_at > stored.modified_at
        if before.outcome != "no_verdict":
            return not before.announced
        return not before.given_up(self.clock.now(), stored.version if stored else None)

    def chance(self, package: Package, stored: StoredPolicy) -> str | None:
        """A name for an approved package's next chance to be released. None if it has none now.

        A package that was approved without a review and has no verdict is tried at every sweep
        until it is given up. One that missed a bar waits for another policy.
        """
        try:
            before = self.reviews.remembered(package.arn)
        except Damaged:
            return ""  # the release is refused, and says so
        if before is None or not before.was_approved:
            return ""
        if before.outcome == "rejected" and before.policy_version == stored.version:
            return None
        gone = before.given_up(self.clock.now(), stored.version)
        return None if gone else f" {before.outcome} {before.reviewed_at}"
