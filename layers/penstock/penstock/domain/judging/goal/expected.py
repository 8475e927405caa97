"""What outcomes are usually like: by the minutes before, so that a bet can be chosen ahead."""

from typing import NamedTuple

from penstock.domain.judging.goal.outcomes import Spread

MEMORY = 60  # minutes
ENOUGH = 200.0
"""Outcomes of either value, of a rate, from which on the oldest are forgotten."""


class Expected(NamedTuple):
    """Number, sum and sum of squares of the latest outcomes of both variants, from 0 to 1."""

    requests: float
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """The expected outcome. Half an outcome of each value is added."""
        return (self.total + 0.5) / (self.requests + 1)

    @property
    def variance(self) -> float:
        """The expected variance of an outcome, at its widest; above 0."""
        return max((self.squares + 0.5) / (self.requests + 1) - self.mean**2, 1e-12)

    def after(self, *seen: Spread) -> "Expected":
        """After one more minute. The oldest outcomes are forgotten, if enough are left."""
        requests, total, squares = self
        for each in seen:
            requests, total, squares = (
                requests + each.requests,
                total + each.total,
                squares + each.squares,
            )
        known = total * (1 - total / requests) if requests else 0.0
        kept = max(1 - 1 / MEMORY, ENOUGH / known) if known > ENOUGH else 1.0
        return Expected(kept * requests, kept * total, kept * squares)


NOTHING_EXPECTED = Expected(0.0, 0.0, 0.0)
"""Before the first outcome."""
