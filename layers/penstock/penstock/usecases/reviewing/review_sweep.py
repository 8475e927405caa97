"""The sweep's part of reviewing: what events lost, what had no verdict, what stopped half-way."""

from dataclasses import dataclass

from penstock.domain.errors import Damaged, Denied, Missing, Refused
from penstock.domain.reviewing.package import Package
from penstock.ports import Clock
from penstock.review_ports import Listed, Policies, Registry, Reviews, StoredPolicy


@dataclass(frozen=True)
class DueReviews:
    """Finds the pending packages that are to be reviewed now; reviews nothing itself."""

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

    def _is_due(self, listed: Listed, stored: StoredPolicy | None) -> bool:
        """A package older than the policy is nobody's new work, unless it was begun."""
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
        """What names this approved package's next chance to be released; None: it has none now.

        One that was approved without a review and has no verdict is tried with every sweep until
        it is given up; one that missed a bar waits for another policy.
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
