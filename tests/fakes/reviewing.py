"""The review function, as those see it who ask it."""

from collections.abc import Callable


class FakeReviewing:
    """Reviewing; a review that is waited for is `look`."""

    def __init__(self, look: Callable[[str], object]) -> None:
        self.asked: list[str] = []
        self.reviewed: list[str] = []
        self._look = look

    def ask(self, arn: str) -> None:
        self.asked.append(arn)

    def review(self, arn: str) -> None:
        self.reviewed.append(arn)
        self._look(arn)
