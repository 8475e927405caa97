"""A review as the ledger remembers it, and what is told of it."""

from penstock.domain.announcements import AttentionNeeded, ModelPackageReviewed
from penstock.domain.package import Package
from penstock.domain.reviewing.review import Assessment, Review, decide, fingerprint
from penstock.domain.reviewing.review_text import description
from penstock.review_ports import StoredPolicy

_MEND_POLICY = "Mend the policy; the sweep then reviews the package."
_DECIDE = "Make what is missing readable and register anew, or approve or reject it by hand."


def reviewed(package: Package, stored: StoredPolicy, seen: Assessment, now: int) -> Review:
    """The review of an assessment that has a verdict; `now` in ms."""
    decision = decide(stored.policy.approval, seen.verdict)
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
        description=description(decision, stored.version, seen),
        bound=seen.bound,
        metrics=seen.metrics,
    )


def unverdicted(
    package: Package, reason: str, stored: StoredPolicy | None, before: Review | None, now: int
) -> Review:
    """The review of a package that has no verdict yet; `stored` is None without a usable policy.

    Another policy version begins the time for trying again anew.
    """
    version = stored.version if stored else ""
    begun = before and before.outcome == "no_verdict" and before.policy_version == version
    return Review(
        model_package_arn=package.arn,
        group=package.group,
        endpoint=stored.policy.endpoint if stored else None,
        policy_version=version,
        outcome="no_verdict",
        verdict="no_verdict",
        reason=reason,
        first_tried_at=before.first_tried_at if before and begun else now,
        reviewed_at=now,
        announced=bool(before and begun and before.announced),
    )


def announcement(review: Review) -> ModelPackageReviewed:
    """What is told of a review that has a verdict."""
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
    """What is told of a package that stays pending."""
    lacks_policy = review.endpoint is None
    return AttentionNeeded(
        endpoint=review.endpoint,
        model_package_arn=review.model_package_arn,
        reason=f"{review.model_package_arn} stays pending, no verdict: {review.reason}",
        advice=_MEND_POLICY if lacks_policy else _DECIDE,
    )
