"""Whether a package may be released: policy, status, review, limits, and what was reviewed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Missing, Refused, Waiting
from penstock.domain.execution.request import Request
from penstock.domain.home import Home
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.limits import check_limits
from penstock.domain.policy.policy import Policy, merge_policy
from penstock.domain.reviewing.made_of import made_of
from penstock.domain.reviewing.package import UNDERWAY, Package, parse_package_arn
from penstock.domain.reviewing.review import BarAssessment, Review
from penstock.ports.executions import Reviewing
from penstock.ports.ledger import Feeders, LiveMetrics, Reviews
from penstock.ports.registry import Policies, Registry, Reports
from penstock.usecases.claiming.insistent import InsistentReports
from penstock.usecases.claiming.one_feeder import check_one_feeder
from penstock.usecases.reviewing.assess import assess


class Admitted(NamedTuple):
    """A package that may be released, the policy of this execution, its metrics and notes for
    the plan, and the digests of what the package is made of.
    """

    package: Package
    policy: Policy
    metrics: dict[str, dict[str, object]]
    notes: tuple[str, ...]
    made_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Admission:
    """The check before the claim. Plan repeats it after the claim, because everything may have
    changed.
    """

    registry: Registry
    policies: Policies
    feeders: Feeders
    reports: Reports
    reviews: Reviews
    live: LiveMetrics
    limits: Callable[[], Limits]
    home: Home
    reviewing: Reviewing | None = None

    def __call__(self, request: Request) -> Admitted:
        """Admit the package that the request names.

        Raises:
            Missing: Its group has no policy.
            Waiting: It cannot be released yet.
            Foreign: It belongs to another account, region or partition.
            Refused: It cannot be released. The sentence says why.
            Unavailable: AWS did not answer.
        """
        found = self._package(request)
        policy = self._policy(found.group, request)
        package = found.specified(policy.serving.inference_specification_name)
        package.check_servable()
        check_limits(self.limits(), policy, package)
        return self._reviewed(request, package, policy)

    def _package(self, request: Request) -> Package:
        arn = request.model_package_arn or ""
        parse_package_arn(arn, self.home)
        try:
            package = self.registry.package(arn)
        except Missing as error:
            raise Refused(f"there is no model package {arn}") from error
        if package.status not in UNDERWAY:
            raise Refused(f"the package is {package.status}, not Completed")
        if package.approval != "Approved":
            raise Refused(f"the package is {package.approval}, not Approved")
        if package.incomplete:
            raise Waiting(package.incomplete)
        return package

    def _policy(self, group: str, request: Request) -> Policy:
        stored = self.policies.policy(group)
        policy = stored.policy
        if request.policy:
            policy = merge_policy(policy, request.policy)
        if lacking := policy.unsupported():
            raise Refused(lacking)
        check_one_feeder(self.policies, self.feeders, stored)
        return policy

    def _reviewed(self, request: Request, package: Package, policy: Policy) -> Admitted:
        """A person's approval overrides a miss and a missing verdict. For a package that was
        approved before its review, the policy decides.
        """
        review = self._review(request, package, policy)
        live = self.live.live_metrics(policy.place.key)
        seen = assess(package, policy, InsistentReports(self.reports), live)
        admitted = self._judged(request, package, policy, seen, review)
        return admitted._replace(made_of=made_of(package, seen.bound.artefacts))

    def _judged(
        self,
        request: Request,
        package: Package,
        policy: Policy,
        seen: BarAssessment,
        review: Review | None,
    ) -> Admitted:
        if review is None or review.was_approved:
            return self._unreviewed(request, package, policy, seen, review)
        if review.outcome == "no_verdict":
            note = f"approved without a verdict: {review.reason}"
            return Admitted(package, policy, _metrics(seen.metrics), (note,))
        over_a_miss = review.verdict == "miss"
        notes = (f"approved over a recorded miss: {review.reason}",) if over_a_miss else ()
        return _as_judged(package, policy, review, seen, notes)

    def _review(self, request: Request, package: Package, policy: Policy) -> Review | None:
        """The remembered review. If there is none, the package is reviewed now."""
        review = self.reviews.remembered(package.arn)
        unseen = review is None or review.was_approved
        asks = unseen and policy.approval.unreviewed == "review" and not request.dry_run
        if self.reviewing is None or not asks:
            return review
        self.reviewing.review(package.arn)
        return self.reviews.remembered(package.arn)

    def _unreviewed(
        self,
        request: Request,
        package: Package,
        policy: Policy,
        seen: BarAssessment,
        review: Review | None,
    ) -> Admitted:
        match policy.approval.unreviewed:
            case "refuse":
                raise Refused(
                    "the package was approved without a review, and the policy refuses such "
                    "packages "
                    "(approval.unreviewed)"
                )
            case "accept":
                notes = ("approved without a review, which the policy accepts",)
                return Admitted(package, policy, _metrics(seen.metrics), notes)
        notes = ("approved without a review; reviewed before the release",)
        own_bars = "approval" in (request.policy or {})
        if review and review.outcome == "approved" and not own_bars:
            return _as_judged(package, policy, review, seen, notes)
        if seen.verdict == "no_verdict":
            raise Waiting(f"the package was approved without a review: {seen.reason}")
        if seen.verdict == "miss":
            raise Refused(f"the package was approved without a review: {seen.reason}")
        return Admitted(package, policy, _metrics(seen.metrics), notes)


def _as_judged(
    package: Package, policy: Policy, review: Review, seen: BarAssessment, notes: tuple[str, ...]
) -> Admitted:
    """Admit a package only if it is exactly what was reviewed. Its metrics are those of the
    review.
    """
    if changed := review.bound.differences(seen.bound):
        raise Refused(f"the package is not what was reviewed: {'; '.join(changed)}")
    return Admitted(package, policy, _metrics(review.metrics), notes)


def _metrics(kept: object) -> dict[str, dict[str, object]]:
    return {k: dict(v) for k, v in dict(kept).items()} if isinstance(kept, dict) else {}
