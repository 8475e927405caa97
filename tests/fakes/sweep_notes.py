"""What sweeps leave to each other, in memory."""

from collections.abc import Mapping

from penstock.ports.ledger import Feeder


class FakeSweepNotes:
    """Feeders, and where sweeps stopped."""

    def __init__(self) -> None:
        self._feeders: dict[str, Feeder] = {}
        self._bookmarks: dict[str, str] = {}
        self._until = 0

    def feeders(self) -> Mapping[str, Feeder]:
        return dict(self._feeders)

    def keep_feeders(self, feeders: Mapping[str, Feeder]) -> None:
        self._feeders = dict(feeders)

    def begin(self, now: int, until: int) -> bool:
        if self._until > now:
            return False
        self._until = until
        return True

    def end(self) -> None:
        self._until = 0

    def bookmark(self, kind: str) -> str:
        return self._bookmarks.get(kind, "")

    def mark(self, kind: str, name: str) -> None:
        self._bookmarks[kind] = name
