"""What is kept of live's reports, in memory."""

from collections.abc import Mapping


class FakeLiveMetrics:
    """LiveMetrics; an endpoint that is not held serves nothing."""

    def __init__(self, kept: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.kept = dict(kept or {})

    def live_metrics(self, endpoint: str) -> Mapping[str, object] | None:
        return self.kept.get(endpoint)
