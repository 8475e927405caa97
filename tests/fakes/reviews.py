"""The ledger's memory of reviews, in memory, through JSON as in the ledger."""

from penstock.domain.reviewing.review import Review
from tests.fakes.wire import Wire


class FakeReviews:
    """Reviews."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self._texts: dict[str, str] = {}

    def remembered(self, arn: str) -> Review | None:
        text = self.wire("reviews.remembered", lambda: self._texts.get(arn))
        return Review.model_validate_json(text) if text else None

    def remember(self, review: Review) -> None:
        self._texts[review.model_package_arn] = review.model_dump_json()
