"""Whether a package may be released at all: policy, status, review, limits, what was judged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Missing, Refused
from penstock.domain.limits import Limits, check_limits
from penstock.domain.package import Home, Package, parse_package_arn
from penstock.domain.policy import Policy, merge_policy
from penstock.domain.request import Request
from penstock.domain.reviewing.review import Assessment
from penstock.review_ports import LiveMetrics, Policies, Registry, Reports, Reviews
from penstock.usecases.assess import assess
from penstock.usecases.insistent import InsistentReports
from penstock.usecases.one_feeder import check_one_feeder


class Admitted(NamedTuple):
    """A releasable package, the policy for this execution, and what was found on the way."""

    package: Package
    policy: Policy
    metrics: dict[str, dict[str, object]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Admission:
    """Asked before the claim and again after it, because everything may change meanwhile."""

    registry: Registry
    policies: Policies
    reports: Reports
    reviews: Reviews
    live: LiveMetrics
    limits: Callable[[], Limits]
    home: Home

    def __call__(self, request: Request) -> Admitted:
        """Admit the package that the request names.

        Raises:
            Missing: its group has no policy.
            Refused: it is not releasable; one sentence says why.
            Unavailable: AWS did not answer.
        """
        package = self._package(request.model_package_arn or "")
        policy = self._policy(package.group, request)
        check_limits(self.limits(), policy, package)
        return self._reviewed(package, policy)

    def _package(self, arn: str) -> Package:
        parse_package_arn(arn, self.home)
        try:
            package = self.registry.package(arn)
        except Missing as error:
            raise Refused(f"there is no model package {arn}") from error
        if package.status != "Completed":
            raise Refused(f"the package is {package.status}, not Completed")
        if package.approval != "Approved":
            raise Refused(f"the package is {package.approval}, not Approved")
        if not package.has_inference_spec:
            raise Refused("the package has no inference specification, so it cannot be served")
        return package

    def _policy(self, group: str, request: Request) -> Policy:
        policy = self.policies.policy(group).policy
        if request.policy:
            policy = merge_policy(policy, request.policy)
        if lacking := policy.unsupported():
            raise Refused(lacking)
        check_one_feeder(self.policies, group, policy.endpoint)
        return policy

    def _reviewed(self, package: Package, policy: Policy) -> Admitted:
        """A person's approval counts, over a miss too; what nobody reviewed is up to the policy."""
        review = self.reviews.remembered(package.arn)
        live = self.live.live_metrics(policy.endpoint)
        seen = assess(package, policy, InsistentReports(self.reports), live)
        if review is None or review.outcome == "no_verdict":
            return self._unreviewed(package, policy, seen)
        if changed := review.bound.differences(seen.bound):
            raise Refused(f"not what was reviewed: {'; '.join(changed)}")
        over_a_miss = review.verdict == "miss"
        notes = (f"approved over a recorded miss: {review.reason}",) if over_a_miss else ()
        return Admitted(package, policy, _metrics(review.metrics), notes)

    def _unreviewed(self, package: Package, policy: Policy, seen: Assessment) -> Admitted:
        match policy.approval.unreviewed:
            case "refuse":
                raise Refused(
                    "the package was approved without a review, and the policy refuses it"
                )
            case "accept":
                notes = ("approved without a review, which the policy accepts",)
                return Admitted(package, policy, _metrics(seen.metrics), notes)
        if seen.verdict != "pass":
            raise Refused(f"the package was approved without a review: {seen.reason}")
        notes = ("approved without a review; reviewed before the release",)
        return Admitted(package, policy, _metrics(seen.metrics), notes)


def _metrics(kept: object) -> dict[str, dict[str, object]]:
    return {k: dict(v) for k, v in dict(kept).items()} if isinstance(kept, dict) else {}
