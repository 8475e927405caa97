"""The sweep's part of reviewing: what events lost, what had no verdict, what stopped half-way."""

from dataclasses import dataclass

from penstock.domain.errors import Missing, Refused
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
        except (Missing, Refused):
            return None

    def _is_due(self, listed: Listed, stored: StoredPolicy | None) -> bool:
        """A package older than the policy is nobody's new work, unless it was begun."""
        before = self.reviews.remembered(listed.arn)
        if before is None:
            return stored is not None and listed.created_at > stored.modified_at
        if before.outcome != "no_verdict":
            return not before.announced
        given_up = before.announced and before.overdue(self.clock.now())
        return not given_up or (stored is not None and stored.version != before.policy_version)
