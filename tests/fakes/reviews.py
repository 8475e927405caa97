"""The ledger's memory of reviews, in memory, through JSON as in the ledger."""

import json

from penstock.domain.reviewing.review import Review, read_review
from tests.fakes.wire import Wire


class FakeReviews:
    """Reviews."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self._texts: dict[str, str] = {}

    def remembered(self, arn: str) -> Review | None:
        text = self.wire("reviews.remembered", lambda: self._texts.get(arn))
        return read_review(arn, json.loads(text)) if text else None

    def spoil(self, arn: str) -> None:
        """Somebody edits it in the ledger."""
        self._texts[arn] = "{}"

    def remember(self, review: Review) -> None:
        self._texts[review.model_package_arn] = review.model_dump_json()
