"""Review a pending package: judge it, leave the evidence, write the decision, tell."""

from dataclasses import dataclass

from penstock.domain.errors import Missing, Refused
from penstock.domain.package import ApprovalStatus, Home, Package, parse_package_arn
from penstock.domain.reviewing.review import Assessment, Review, ReviewOutcome
from penstock.domain.reviewing.review_text import metadata
from penstock.ports import Announcer, Clock
from penstock.review_ports import (
    LiveMetrics,
    Policies,
    Records,
    Registry,
    Reports,
    Reviews,
    StoredPolicy,
)
from penstock.usecases.assess import assess
from penstock.usecases.one_feeder import check_one_feeder
from penstock.usecases.review_record import record_key, review_record
from penstock.usecases.reviewed import announcement, attention, reviewed, unverdicted

_WRITES: dict[str, ApprovalStatus] = {"approved": "Approved", "rejected": "Rejected"}


@dataclass(frozen=True)
class Reviewer:
    """Reviews packages of the groups that have a policy; everything may run twice."""

    registry: Registry
    policies: Policies
    reports: Reports
    records: Records
    reviews: Reviews
    live: LiveMetrics
    announcer: Announcer
    clock: Clock
    home: Home

    def review(self, arn: str) -> ReviewOutcome:
        """Look at one package as it is now; what an event said about it does not count.

        Raises:
            Unavailable: AWS did not answer; the same call later may succeed.
        """
        try:
            parse_package_arn(arn, self.home)
            package = self.registry.package(arn)
        except (Refused, Missing) as error:
            return ReviewOutcome(arn, "ignored", str(error))
        if not package.pending:
            return self._not_pending(package)
        try:
            stored = self._policy(package.group)
        except Missing:
            return ReviewOutcome(arn, "ignored", f"the group {package.group} has no policy")
        except Refused as error:
            return self._without_verdict(package, str(error), stored=None)
        return self._judge(package, stored)

    def _policy(self, group: str) -> StoredPolicy:
        stored = self.policies.policy(group)
        check_one_feeder(self.policies, group, stored.policy.endpoint)
        return stored

    def _judge(self, package: Package, stored: StoredPolicy) -> ReviewOutcome:
        live = self.live.live_metrics(stored.policy.endpoint)
        seen = assess(package, stored.policy, self.reports, live)
        if seen.verdict == "no_verdict":
            return self._without_verdict(package, seen.reason, stored)
        review = self._recorded(package, stored, seen)
        decided_by_others = self._write(review)
        if decided_by_others:
            return self._not_pending(decided_by_others)
        self._tell(review)
        return ReviewOutcome(package.arn, review.outcome, review.reason)

    def _recorded(self, package: Package, stored: StoredPolicy, seen: Assessment) -> Review:
        """The evidence and the ledger come first: a decision without them cannot be explained."""
        before = self.reviews.remembered(package.arn)
        review = reviewed(package, stored, seen, self.clock.now())
        if before and before.fingerprint == review.fingerprint:
            return before
        key = record_key(package, review.fingerprint)
        uri = self.records.keep(key, review_record(package, stored, review))
        review = review.model_copy(update={"evidence_uri": uri})
        self.reviews.remember(review)
        return review

    def _write(self, review: Review) -> Package | None:
        """Write the decision if the package still waits for one; else answer what it is now."""
        arn = review.model_package_arn
        now = self.registry.package(arn)
        if not now.pending:
            return now
        ours = metadata(review.outcome, review.evidence_uri or "", now.metadata)
        approval = _WRITES.get(review.outcome)
        there = now.approval_description == review.description
        if approval or not there or not ours.items() <= now.metadata.items():
            self.registry.decide(arn, approval, review.description, ours)
        return None

    def _not_pending(self, package: Package) -> ReviewOutcome:
        """Nothing to decide; but a decision of ours that was written and not told is told."""
        review = self.reviews.remembered(package.arn)
        if review and _wrote(review, package):
            self._tell(review)
        reason = f"it is {package.status} and {package.approval}: there is nothing to decide"
        return ReviewOutcome(package.arn, "ignored", reason)

    def _tell(self, review: Review) -> None:
        if not review.announced:
            self.announcer.announce(announcement(review))
            self.reviews.remember(review.model_copy(update={"announced": True}))

    def _without_verdict(
        self, package: Package, reason: str, stored: StoredPolicy | None
    ) -> ReviewOutcome:
        """Leave it pending for the sweep; ask for help when time is up, or at once without a
        usable policy, which only a person can mend."""
        now = self.clock.now()
        review = unverdicted(package, reason, stored, self.reviews.remembered(package.arn), now)
        if not review.announced and (stored is None or review.overdue(now)):
            self.announcer.announce(attention(review))
            review = review.model_copy(update={"announced": True})
        self.reviews.remember(review)
        return ReviewOutcome(package.arn, "no_verdict", reason)


def _wrote(review: Review, package: Package) -> bool:
    approval = _WRITES.get(review.outcome)
    return package.approval == approval and package.approval_description == review.description
