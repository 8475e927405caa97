"""CloudWatch's count of requests, in memory."""

from dataclasses import dataclass, field

MINUTE_MS = 60_000
Series = tuple[str, str, str]
"""Endpoint, variant, configuration."""


@dataclass
class FakeMetrics:
    """Metrics; `per_minute` comes to every variant on top of what was recorded."""

    per_minute: int = 0
    complete: bool = True
    recorded: dict[Series, list[tuple[int, int]]] = field(default_factory=dict)

    def record(self, endpoint: str, variant: str, config: str, at: int, requests: int) -> None:
        """`requests` came at the moment `at` (ms)."""
        self.recorded.setdefault((endpoint, variant, config), []).append((at, requests))

    def requests(
        self, endpoint: str, variant: str, config: str, since: int, until: int
    ) -> int | None:
        if not self.complete:
            return None
        first = -(-since // MINUTE_MS) * MINUTE_MS
        last = max(first, until // MINUTE_MS * MINUTE_MS)
        points = self.recorded.get((endpoint, variant, config), [])
        counted = sum(requests for at, requests in points if first <= at < last)
        return counted + self.per_minute * (last - first) // MINUTE_MS
