"""CloudWatch's count of requests, in memory."""

from dataclasses import dataclass, field

from penstock.domain.kinds.series import Statistic
from tests.fakes.wire import Wire

MINUTE_MS = 60_000


@dataclass
class FakeMetrics:
    """Metrics; `per_minute` comes to every variant on top of what was recorded."""

    per_minute: int = 0
    complete: bool = True
    wire: Wire = field(default_factory=Wire)
    recorded: dict[tuple[str, ...], list[tuple[int, int]]] = field(default_factory=dict)

    def record(self, endpoint: str, variant: str, config: str, at: int, requests: int) -> None:
        """`requests` came at the moment `at` (ms)."""
        self.recorded.setdefault((endpoint, variant, config), []).append((at, requests))

    def requests(self, counted: Statistic, since: int, until: int) -> int | None:
        series = tuple(value for _, value in counted.dimensions)
        return self.wire("metrics.requests", lambda: self._requests(series, since, until))

    def _requests(self, series: tuple[str, ...], since: int, until: int) -> int | None:
        if not self.complete:
            return None
        first = -(-since // MINUTE_MS) * MINUTE_MS
        last = max(first, until // MINUTE_MS * MINUTE_MS)
        points = self.recorded.get(series, [])
        counted = sum(requests for at, requests in points if first <= at < last)
        return counted + self.per_minute * (last - first) // MINUTE_MS
