"""Waits of a release: their texts, their limits, and how often it looks."""

from typing import NamedTuple

from penstock.domain.execution.progress import What
from penstock.domain.moments import HOUR_MS, MINUTE_MS

LOCK_SECONDS = 10

LIMIT_MS = 8 * HOUR_MS
"""How long a plan or a step forward waits for the endpoint, in ms.

Eight hours is Penstock's choice, and also the maximum of `update_minutes`. SageMaker names no limit
for an update: its MaximumExecutionTimeoutInSeconds (28,800 at most) belongs to a DeploymentConfig.
A release that sends one is judged meanwhile, and does not wait like this.
"""
REHEARSAL_PATIENCE = 2
"""A rehearsal endpoint is awaited for so many times `update_minutes`."""
POLL_SECONDS, SLOWEST_SECONDS = 30, 240
"""SageMaker throttles faster polling (facts 7). Slower polling would react late to an alarm."""


class Wait(NamedTuple):
    """One kind of wait.

    `reason` is published while it lasts, `overdue` once it has lasted longer than `limit_ms`.
    `seconds` is the shortest time until the next look.
    """

    what: What
    reason: str
    overdue: str
    limit_ms: int = LIMIT_MS
    seconds: int = POLL_SECONDS

    def poll_seconds(self, waited: int) -> int:
        """Seconds until the next look, after `waited` ms.

        It is a twentieth of the wait, so the release continues at most that late. The limited
        history of an execution has to hold the longest wait before a call and the longest after it.
        """
        return max(self.seconds, min(waited // 20_000, SLOWEST_SECONDS))


def until_calm(status: str) -> Wait:
    """The wait for an endpoint that accepts no call now."""
    lasting = f"the endpoint has been {status} for {exactly(LIMIT_MS)}"
    return Wait("endpoint", f"the endpoint is {status}", lasting)


def wait_for(what: What, reason: str, limit_ms: int = LIMIT_MS) -> Wait:
    """A wait whose reason is a sentence."""
    return Wait(what, reason, f"{reason}, after {exactly(limit_ms)} of waiting", limit_ms)


def exactly(limit_ms: int) -> str:
    """A limit in words: in hours if they are whole, else in minutes."""
    hours, rest = divmod(limit_ms, HOUR_MS)
    if rest:
        return f"{limit_ms // MINUTE_MS} minutes"
    return "1 hour" if hours == 1 else f"{hours} hours"
