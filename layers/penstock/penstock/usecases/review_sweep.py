"""The sweep's part of reviewing: what events lost, what had no verdict, what stopped half-way."""

from penstock.domain.errors import Missing, Refused
from penstock.domain.review import ReviewOutcome
from penstock.review_ports import Listed, StoredPolicy
from penstock.usecases.review import Reviewer


def review_pending(reviewer: Reviewer, group: str) -> tuple[ReviewOutcome, ...]:
    """Review every pending package of the group that is due.

    Raises:
        Unavailable: AWS did not answer; the next sweep goes on.
    """
    stored = _usable(reviewer, group)
    pending = reviewer.registry.pending(group)
    due = [listed.arn for listed in pending if _due(reviewer, listed, stored)]
    return tuple(reviewer.review(arn) for arn in due)


def _usable(reviewer: Reviewer, group: str) -> StoredPolicy | None:
    try:
        return reviewer.policies.policy(group)
    except (Missing, Refused):
        return None


def _due(reviewer: Reviewer, listed: Listed, stored: StoredPolicy | None) -> bool:
    """A package older than the policy is nobody's new work, unless it was begun."""
    before = reviewer.reviews.remembered(listed.arn)
    if before is None:
        return stored is not None and listed.created_at > stored.modified_at
    if before.outcome != "no_verdict":
        return not before.announced
    given_up = before.announced and before.overdue(reviewer.clock.now())
    return not given_up or (stored is not None and stored.version != before.policy_version)
