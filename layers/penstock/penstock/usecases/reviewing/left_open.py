"""A package without a verdict: remembered, left to the sweep, and told when a person is needed."""

from dataclasses import dataclass

from penstock.domain.reviewing.package import Package
from penstock.domain.reviewing.review import Review, ReviewOutcome
from penstock.ports import Announcer, Clock
from penstock.review_ports import Reviews, StoredPolicy
from penstock.usecases.reviewing.reviewed import Unverdicted, attention, unverdicted


@dataclass(frozen=True)
class LeftOpen:
    """Asks for help when time is up, or at once where only a person can mend it."""

    reviews: Reviews
    announcer: Announcer
    clock: Clock

    def __call__(
        self,
        package: Package,
        why: Unverdicted,
        stored: StoredPolicy | None,
        before: Review | None,
    ) -> ReviewOutcome:
        """`stored` is None without a usable policy, `before` what was remembered until now."""
        now = self.clock.now()
        review = unverdicted(package, why, stored, before, now)
        if not review.announced and (review.urgent or review.overdue(now)):
            self.announcer.announce(attention(review))
            review = review.as_told()
        self.reviews.remember(review)
        return ReviewOutcome(package.arn, "no_verdict", why.reason)
