"""Review a pending package: assess it, store the evidence, write the decision, publish it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from penstock.domain.errors import Damaged, Missing, PenstockError, Refused, Unavailable
from penstock.domain.home import Home
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.limits import check_limits
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import ApprovalStatus, Package, parse_package_arn
from penstock.domain.reviewing.review import BarAssessment, Review, ReviewOutcome
from penstock.domain.reviewing.review_text import metadata
from penstock.ports.clock import Clock
from penstock.ports.ledger import Feeders, LiveMetrics, Reviews
from penstock.ports.people import Announcer
from penstock.ports.registry import Policies, Records, Registry, Reports, StoredPolicy
from penstock.usecases.claiming.one_feeder import check_one_feeder
from penstock.usecases.reviewing.assess import assess
from penstock.usecases.reviewing.left_open import LeftOpen
from penstock.usecases.reviewing.review_record import record_key, review_record
from penstock.usecases.reviewing.reviewed import Unverdicted, announcement, reviewed

_WRITES: dict[str, ApprovalStatus] = {"approved": "Approved", "rejected": "Rejected"}


@dataclass(frozen=True)
class Reviewer:
    """Reviews packages of the groups that have a policy. Every step may run twice."""

    registry: Registry
    policies: Policies
    feeders: Feeders
    reports: Reports
    records: Records
    reviews: Reviews
    live: LiveMetrics
    limits: Callable[[], Limits]
    announcer: Announcer
    clock: Clock
    home: Home

    def review(self, arn: str, *, asked: bool = False) -> ReviewOutcome:
        """Review one package as it is now, whatever an event said about it.

        Args:
            arn: The package.
            asked: Whether a release or the sweep asks. A package that was approved before its
                review is then reviewed if its policy says so, and its approval stays.

        Raises:
            Unavailable: AWS did not answer. The same call may succeed later.
        """
        try:
            parse_package_arn(arn, self.home)
            package = self.registry.package(arn)
        except (Refused, Missing) as error:
            return ReviewOutcome(arn, "ignored", str(error))
        before = self._remembered(arn)
        if not package.undecided and not (asked and _may_be_unreviewed(package, before)):
            return self._decided(package, before)
        return self._look(package, before)

    def _look(self, package: Package, before: Review | None) -> ReviewOutcome:
        try:
            stored = self._policy(package.group)
        except Missing:
            reason = f"the group {package.group} has no policy"
            return ReviewOutcome(package.arn, "ignored", reason)
        except Unavailable:
            raise
        except PenstockError as error:
            return self._left_open(package, Unverdicted(str(error), urgent=True), None, before)
        if package.approval == "Approved" and not _to_review(package, before, stored):
            return self._decided(package, before)
        return self._judge(package, stored, before)

    def _remembered(self, arn: str) -> Review | None:
        """The remembered review. One that cannot be read is reviewed again and replaced."""
        try:
            return self.reviews.remembered(arn)
        except Damaged:
            return None

    def _policy(self, group: str) -> StoredPolicy:
        stored = self.policies.policy(group)
        check_one_feeder(self.policies, self.feeders, stored)
        return stored

    def _judge(
        self, package: Package, stored: StoredPolicy, before: Review | None
    ) -> ReviewOutcome:
        if package.incomplete:
            return self._left_open(package, Unverdicted(package.incomplete), stored, before)
        try:
            live = self.live.live_metrics(stored.policy.place.key)
        except Damaged as damaged:
            why = Unverdicted(str(damaged), urgent=True)
            return self._left_open(package, why, stored, before)
        seen = assess(package, stored.policy, self.reports, live)
        if open_for := self._open(package, stored, seen):
            return self._left_open(package, open_for, stored, before)
        review = self._recorded(package, stored, seen, before)
        try:
            decided_by_others = self._write(review)
        except Unavailable:
            raise
        except PenstockError as error:
            refused = Unverdicted(f"the decision could not be written: {error}")
            return self._left_open(package, refused, stored, before)
        if decided_by_others:
            return self._decided(decided_by_others, review)
        self._tell(review)
        return ReviewOutcome(package.arn, review.outcome, review.reason)

    def _open(
        self, package: Package, stored: StoredPolicy, seen: BarAssessment
    ) -> Unverdicted | None:
        """Why nothing is decided. None for a miss, whatever else cannot be read or released."""
        if seen.verdict == "miss":
            return None
        try:
            served = _served(package, stored.policy)
            served.check_servable()
            check_limits(self.limits(), stored.policy, served)
        except Refused as refused:
            return Unverdicted(str(refused), urgent=True)
        return Unverdicted(seen.reason) if seen.verdict == "no_verdict" else None

    def _recorded(
        self, package: Package, stored: StoredPolicy, seen: BarAssessment, before: Review | None
    ) -> Review:
        """Store evidence and review first, because a decision without them cannot be explained."""
        review = reviewed(package, stored, seen, self.clock.now())
        if before and before.fingerprint == review.fingerprint:
            return before
        key = record_key(package, review.fingerprint)
        uri = self.records.keep(key, review_record(package, stored, review))
        review = review.kept_at(uri)
        self.reviews.remember(review)
        return review

    def _write(self, review: Review) -> Package | None:
        """Write the decision if the package still waits for one.

        Otherwise return the package as it is now.

        If a person approved before, approval and description stay.
        """
        arn = review.model_package_arn
        now = self.registry.package(arn)
        if not (now.approval == "Approved" if review.was_approved else now.pending):
            return now
        ours = metadata(review.outcome, review.evidence_uri or "", now.metadata)
        approval = None if review.was_approved else _WRITES.get(review.outcome)
        kept = now.approval_description if review.was_approved else ""
        description = kept or review.description
        there = now.approval_description == description
        if approval or not there or not ours.items() <= now.metadata.items():
            self.registry.decide(arn, approval, description, ours)
        return None

    def _decided(self, package: Package, review: Review | None) -> ReviewOutcome:
        """Nothing to decide.

        A decision of ours that was written but not published is published now.
        """
        if review and _wrote(review, package):
            self._tell(review)
        reason = f"it is {package.status} and {package.approval}: there is nothing to decide"
        return ReviewOutcome(package.arn, "ignored", reason)

    def _tell(self, review: Review) -> None:
        if not review.announced:
            self.announcer.announce(announcement(review))
            self.reviews.remember(review.as_told())

    @cached_property
    def _left_open(self) -> LeftOpen:
        return LeftOpen(self.reviews, self.announcer, self.clock)


def _may_be_unreviewed(package: Package, before: Review | None) -> bool:
    """Whether it was approved before anybody reviewed it."""
    unseen = before is None or before.was_approved
    return unseen and package.status == "Completed" and package.approval == "Approved"


def _to_review(package: Package, before: Review | None, stored: StoredPolicy) -> bool:
    """Whether an approved package has to be reviewed.

    A package that passed stays so under the same policy.
    """
    if not package.incomplete and stored.policy.approval.unreviewed != "review":
        return False
    if before is None or before.outcome != "approved" or not before.announced:
        return True
    return before.policy_version != stored.version


def _served(package: Package, policy: Policy) -> Package:
    """The package with the specification that the policy serves, if it is already there."""
    name = policy.serving.inference_specification_name
    return package.specified(name) if name in package.others else package


def _wrote(review: Review, package: Package) -> bool:
    approval = _WRITES.get(review.outcome)
    return package.approval == approval and package.approval_description == review.description
