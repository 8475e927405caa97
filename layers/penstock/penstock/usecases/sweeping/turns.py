"""Everything in turn: where the time of one sweep ends, the next one goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from penstock.ports import Places, TimeLeft


@dataclass(frozen=True)
class Turns:
    """Goes round things of a kind by their names."""

    places: Places
    time_left: TimeLeft

    def __call__(
        self, kind: str, names: Iterable[str], work: Callable[[str], str], reserve: int
    ) -> dict[str, str]:
        """Do the work for each name while more than `reserve` ms are left; what was done."""
        place, done = self.places.place(kind), dict[str, str]()
        for name in _from(place, names):
            if self.time_left() < reserve:
                self.places.mark(kind, name)
                return done
            done[name] = work(name)
        if place:
            self.places.mark(kind, "")
        return done


def _from(place: str, names: Iterable[str]) -> list[str]:
    """In order, beginning with the first that is not before the place."""
    return sorted(names, key=lambda name: (name < place, name))
