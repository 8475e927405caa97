"""Which review an event of a package asks for."""

from collections.abc import Callable
from typing import Protocol

from penstock.domain.home import Home
from penstock.domain.reviewing.review import ReviewOutcome
from penstock.entries.package_event import PackageChanged


class ReviewPackage(Protocol):
    """Reviews one package; `asked`: by Penstock itself, and not by an event of AWS's."""

    def __call__(self, arn: str, *, asked: bool) -> ReviewOutcome: ...


def reviewing(review: ReviewPackage, home: Home) -> Callable[[PackageChanged], ReviewOutcome]:
    """Answer events with a review; of other accounts' and other edits only the log hears."""

    def answer(event: PackageChanged) -> ReviewOutcome:
        arn = event.detail.model_package_arn
        if event.account not in (None, home.account):
            return ReviewOutcome(arn, "ignored", f"the event is of account {event.account}")
        if not event.concerns_review:
            return ReviewOutcome(arn, "ignored", f"only {', '.join(sorted(event.edited))} changed")
        return review(arn, asked=event.source == "penstock")

    return answer
