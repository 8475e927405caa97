"""Time that passes only when a test says so."""

START = 1_772_323_200_000
"""2026-03-01T00:00:00Z in ms: a full minute."""


class FakeClock:
    """Clock; milliseconds."""

    def __init__(self, start: int = START) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += round(seconds * 1000)

    def advance_to(self, moment: int) -> None:
        self._now = max(self._now, moment)
