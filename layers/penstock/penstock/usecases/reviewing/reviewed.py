"""Reviews as the ledger remembers them, and their announcements."""

from typing import NamedTuple

from penstock.domain.execution.announcements import AttentionNeeded
from penstock.domain.reviewing.announcement import ModelPackageReviewed
from penstock.domain.reviewing.package import Package
from penstock.domain.reviewing.review import BarAssessment, Review, decide_review, fingerprint
from penstock.domain.reviewing.review_text import description
from penstock.ports.registry import StoredPolicy

_MEND_POLICY = "Fix the policy. The next sweep then reviews the package."
_MEND_LIMITS = (
    "Change what the reason names. The sweep tries again for 24 hours, and after that whenever the "
    "policy changes. Until then an approval by hand is refused for the same reason."
)
_DECIDE = (
    "Add what is missing and register the package again, or approve or reject this one by hand."
)
_DECIDE_AGAIN = (
    "Add what is missing and register the package again, or set approval.unreviewed to accept in "
    "the policy."
)


class Unverdicted(NamedTuple):
    """Why there is no verdict. `urgent`: only a person can fix it."""

    reason: str
    urgent: bool = False


def reviewed(package: Package, stored: StoredPolicy, seen: BarAssessment, now: int) -> Review:
    """The review of an assessment that has a verdict; `now` in ms."""
    was_approved = package.approval == "Approved"
    decision = decide_review(stored.policy.approval, seen.verdict, was_approved=was_approved)
    return Review(
        model_package_arn=package.arn,
        group=package.group,
        endpoint=stored.policy.endpoint,
        policy_version=stored.version,
        mode=stored.policy.approval.mode,
        outcome=decision,
        verdict=seen.verdict,
        reason=seen.reason,
        results=seen.results,
        first_tried_at=now,
        reviewed_at=now,
        fingerprint=fingerprint(package.arn, stored.version, decision, seen),
        description=description(decision, stored.version, seen, was_approved=was_approved),
        was_approved=was_approved,
        bound=seen.bound,
        metrics=seen.metrics,
    )


def unverdicted(
    package: Package, why: Unverdicted, stored: StoredPolicy | None, before: Review | None, now: int
) -> Review:
    """The review of a package without a verdict. `stored` is None without a usable policy.

    A new version of the policy starts the 24 hours again.
    """
    version = stored.version if stored else ""
    begun = before and before.outcome == "no_verdict" and before.policy_version == version
    told = bool(before and begun and before.announced and before.urgent == why.urgent)
    return Review(
        model_package_arn=package.arn,
        group=package.group,
        endpoint=stored.policy.endpoint if stored else None,
        policy_version=version,
        outcome="no_verdict",
        verdict="no_verdict",
        reason=why.reason,
        first_tried_at=before.first_tried_at if before and begun else now,
        reviewed_at=now,
        announced=told,
        urgent=why.urgent,
        was_approved=package.approval == "Approved",
    )


def announcement(review: Review) -> ModelPackageReviewed:
    """The announcement of a review with a verdict."""
    if review.outcome == "no_verdict" or review.endpoint is None or review.evidence_uri is None:
        raise ValueError(f"the review of {review.model_package_arn} has no verdict to tell")
    return ModelPackageReviewed(
        endpoint=review.endpoint,
        model_package_arn=review.model_package_arn,
        reason=review.description,
        group=review.group,
        decision=review.outcome,
        mode=review.mode,
        passed=review.verdict == "pass",
        bars=review.results,
        policy_version=review.policy_version,
        evidence_uri=review.evidence_uri,
    )


def attention(review: Review) -> AttentionNeeded:
    """The call for help for a package that stays pending."""
    stays = "is approved but not released" if review.was_approved else "stays pending"
    return AttentionNeeded(
        endpoint=review.endpoint,
        model_package_arn=review.model_package_arn,
        reason=f"{review.model_package_arn} {stays} because it has no verdict: {review.reason}",
        advice=_advice(review),
    )


def _advice(review: Review) -> str:
    if review.endpoint is None:
        return _MEND_POLICY
    if review.urgent:
        return _MEND_LIMITS
    return _DECIDE_AGAIN if review.was_approved else _DECIDE
