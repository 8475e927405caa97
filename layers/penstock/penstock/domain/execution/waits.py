"""What a release waits for: in which words, for how long, and how often it looks meanwhile."""

from typing import NamedTuple

from penstock.domain.execution.progress import What
from penstock.domain.ledger.incidents import HOUR_MS

MINUTE_MS = 60_000
LIMIT_MS = 8 * HOUR_MS
"""How long a plan or a step forward waits for the endpoint.

Eight hours are Penstock's choice, the most that `update_minutes` may be as well. SageMaker names no
limit for an update: its MaximumExecutionTimeoutInSeconds (28,800 at most) belongs to a
DeploymentConfig, which Penstock never sends.
"""
POLL_SECONDS, SLOWEST_SECONDS = 30, 240
"""SageMaker throttles faster polling (facts 7); a slower one would be late at an alarm."""


class Wait(NamedTuple):
    """`reason` is said while it lasts, `overdue` once it has lasted longer than `limit_ms`.

    The next look is in `seconds` at the earliest.
    """

    what: What
    reason: str
    overdue: str
    limit_ms: int = LIMIT_MS
    seconds: int = POLL_SECONDS

    def poll_seconds(self, waited: int) -> int:
        """Seconds until the next look at what has been waited for (ms) so far.

        A twentieth of it: so late the release goes on at most. An execution's history is finite,
        and has to hold the longest wait before a call and the longest after it.
        """
        return max(self.seconds, min(waited // 20_000, SLOWEST_SECONDS))


def until_calm(status: str) -> Wait:
    """For an endpoint that takes no call now."""
    lasting = f"the endpoint has been {status} for {exactly(LIMIT_MS)}"
    return Wait("endpoint", f"the endpoint is {status}", lasting)


def wait_for(what: What, reason: str, limit_ms: int = LIMIT_MS) -> Wait:
    """For what `reason` says in a sentence of its own."""
    return Wait(what, reason, f"{reason}, after {exactly(limit_ms)} of waiting", limit_ms)


def exactly(limit_ms: int) -> str:
    """A limit in words: in hours where they are whole, else in minutes."""
    hours, rest = divmod(limit_ms, HOUR_MS)
    if rest:
        return f"{limit_ms // MINUTE_MS} minutes"
    return "1 hour" if hours == 1 else f"{hours} hours"
