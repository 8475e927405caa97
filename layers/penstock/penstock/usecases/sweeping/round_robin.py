"""RoundRobin: the next sweep continues where the time of this one ended."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from penstock.ports.clock import TimeLeft
from penstock.ports.ledger import Bookmarks


@dataclass(frozen=True)
class RoundRobin:
    """Goes through things of a kind by their names."""

    bookmarks: Bookmarks
    time_left: TimeLeft

    def __call__(
        self, kind: str, names: Iterable[str], work: Callable[[str], None], reserve: int
    ) -> None:
        """Do the work for each name while more than `reserve` ms are left."""
        begin = self.bookmarks.bookmark(kind)
        for name in _from(begin, names):
            if self.time_left() < reserve:
                self.bookmarks.mark(kind, name)
                return
            work(name)
        if begin:
            self.bookmarks.mark(kind, "")


def _from(begin: str, names: Iterable[str]) -> list[str]:
    """Names in order, beginning with the first that is not before the bookmark."""
    return sorted(names, key=lambda name: (name < begin, name))
