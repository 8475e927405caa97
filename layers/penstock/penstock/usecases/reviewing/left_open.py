"""A package without a verdict: remember it, leave it to the sweep, and notify people when
needed.
"""

from dataclasses import dataclass

from penstock.domain.reviewing.package import Package
from penstock.domain.reviewing.review import Review, ReviewOutcome
from penstock.ports.clock import Clock
from penstock.ports.ledger import Reviews
from penstock.ports.people import Announcer
from penstock.ports.registry import StoredPolicy
from penstock.usecases.reviewing.reviewed import Unverdicted, attention, unverdicted


@dataclass(frozen=True)
class LeftOpen:
    """Notifies people when the time is up, or at once if only a person can fix it."""

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
        """Leave a package open.

        Args:
            package: The package.
            why: Why there is no verdict.
            stored: Its policy. None without a usable one.
            before: The review that was remembered until now.
        """
        now = self.clock.now()
        review = unverdicted(package, why, stored, before, now)
        if not review.announced and (review.urgent or review.overdue(now)):
            self.announcer.announce(attention(review))
            review = review.as_told()
        self.reviews.remember(review)
        return ReviewOutcome(package.arn, "no_verdict", why.reason)
