"""The old and the new fleet of one variant while a guarded deployment replaces one by the other."""

from twin.sagemaker.endpoint_state import Variant


class Pair:
    """One variant, with the instances of both fleets and their shares of its requests.

    The new fleet's share is the part of its final instances with traffic (`active`), and the old
    fleet has the rest. `counts_traffic` is the switch of the same name in `Guardrails`.
    """

    def __init__(self, old: Variant, new: Variant, *, counts_traffic: bool) -> None:
        self.name = new.name
        self.full = old.current_count
        self.goal = new.desired_count
        self.active = 0
        self._old, self._new = old, new
        (self._old_fleet,), (self.new_fleet,) = old.fleets, new.fleets
        self._counts_traffic = counts_traffic
        self.launch(0)

    @property
    def remaining(self) -> int:
        """The old instances that were not ended."""
        return self._old.current_count

    @property
    def launched(self) -> int:
        return len(self.new_fleet.instances)

    def launch(self, count: int) -> None:
        """Have this many new instances."""
        self.new_fleet.scale(count)
        self._count()

    def keep(self, count: int) -> None:
        """Have this many old instances."""
        self._old_fleet.scale(count)
        self._old.current_count = count

    def old_part(self, active: int) -> int:
        """Return how many old instances serve beside so many new ones."""
        least = 1 if active < self.goal else 0
        return max(least, round(self.full * (1 - active / self.goal)))

    def open(self, active: int) -> None:
        """Give traffic to this many new instances, and to as many fewer old ones."""
        if self.new_fleet not in self._old.fleets:
            self._old.fleets.append(self.new_fleet)
        self.active = active
        self._share(active / self.goal, active, self.old_part(active))
        self._count()

    def stay_mixed(self) -> None:
        """Leave half of its traffic on the new fleet."""
        share = self.new_fleet.share / 2
        self._share(share, max(1, self.active // 2), self.remaining)

    def part(self) -> None:
        """Take the new fleet out of the old variant."""
        if self.new_fleet in self._old.fleets:
            self._old.fleets.remove(self.new_fleet)

    def _share(self, share: float, new: int, old: int) -> None:
        self.new_fleet.take(share, new)
        self._old_fleet.take(1 - share, old)

    def _count(self) -> None:
        self._new.current_count = self.active if self._counts_traffic else self.launched
