"""The sweep: reconcile every place and every group, each in a separate invocation."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.domain.errors import PenstockError
from penstock.domain.ledger.place import Key
from penstock.ports.clock import Clock
from penstock.ports.executions import Reconciling
from penstock.ports.ledger import Feeders, Ledger, OnlyOneSweep
from penstock.ports.registry import Policies
from penstock.usecases.sweeping.round_robin import RoundRobin

PLACES_A_SECOND, GROUPS_A_SECOND = 5, 2
"""Who is reconciled asks SageMaker and CloudWatch at once. Of everybody together they take about
ten descriptions and five listings a second, and releases under way need some of them. A place
describes once, a group lists twice."""
PLACES_LEAVE_MS = 600_000
"""Milliseconds of the sweep that are reserved for the groups."""
GROUPS_LEAVE_MS = 30_000
"""Milliseconds of the sweep that are reserved for the last hand-over."""
MOST_HAND_OVERS, BETWEEN_SECONDS = 3, 10.0
"""How often what was refused is tried again, and how long the sweep waits before."""


class Swept(NamedTuple):
    """How many were handed over."""

    places: int
    groups: int


@dataclass(frozen=True)
class Sweep:
    """Hands work over and reconciles nothing itself.

    `pause` takes seconds. `log` is called with what was not handed over, and why.
    """

    ledger: Ledger
    policies: Policies
    feeders: Feeders
    reconciling: Reconciling
    round_robin: RoundRobin
    only_one: OnlyOneSweep
    clock: Clock
    pause: Callable[[float], None]
    log: Callable[[str], None]

    def __call__(self) -> Swept:
        """Hand over every place that has a gate, and every group that has a policy.

        The next sweep begins with what this one does not reach in time. A sweep leaves everything
        to the one before it while that one runs, so that the pace is kept.

        Raises:
            PenstockError: A kind could not be listed, or nothing of it could be handed over.
                Everything else was handed over before. Handing over twice is harmless, so the
                invocation may be retried.
        """
        now = self.clock.now()
        if not self.only_one.begin(now, now + self.round_robin.time_left()):
            self.log("nothing was handed over: the sweep before still runs")
            return Swept(0, 0)
        try:
            return self._everything()
        finally:
            self.only_one.end()

    def _everything(self) -> Swept:
        errors: list[PenstockError] = []
        place = _HandOver(lambda key: self.reconciling.place(Key(key)), PLACES_A_SECOND, self.pause)
        errors += self._each("place", self.ledger.keys, place, PLACES_LEAVE_MS)
        group = _HandOver(self.reconciling.group, GROUPS_A_SECOND, self.pause)
        errors += self._each("group", self._groups, group, GROUPS_LEAVE_MS)
        if errors:
            raise errors[0]
        return Swept(place.handed, group.handed)

    def _each(
        self, kind: str, listing: Callable[[], Iterable[str]], hand_over: "_HandOver", reserve: int
    ) -> Iterator[PenstockError]:
        """Hand over everything of a kind. Yields what people have to know."""
        try:
            self.round_robin(kind, listing(), hand_over, reserve)
        except PenstockError as error:
            self.log(f"every {kind} was not handed over: {error}")
            yield error
        for _ in range(MOST_HAND_OVERS):
            self._again(hand_over, reserve)
        for name, refusal in hand_over.refused.items():
            self.log(f"{kind} {name} was not handed over: {refusal}")
        if not hand_over.handed:
            yield from hand_over.refused.values()

    def _again(self, hand_over: "_HandOver", reserve: int) -> None:
        """Try what was refused again, as far as time allows."""
        if hand_over.refused and self.round_robin.time_left() >= reserve:
            self.pause(BETWEEN_SECONDS)
        for name in [*hand_over.refused]:
            if self.round_robin.time_left() >= reserve:
                hand_over(name)

    def _groups(self) -> Iterable[str]:
        """Groups with a policy. The endpoint that each names is stored for admissions."""
        found = self.policies.endpoints()
        self.feeders.keep_feeders(found)
        return found


@dataclass
class _HandOver:
    """Hands over things of one kind and keeps the pace. What is refused is kept."""

    give: Callable[[str], None]
    a_second: int
    pause: Callable[[float], None]
    tried: int = 0
    handed: int = 0
    refused: dict[str, PenstockError] = field(default_factory=dict)

    def __call__(self, name: str) -> None:
        """Try one thing."""
        if self.tried and self.tried % self.a_second == 0:
            self.pause(1.0)
        self.tried += 1
        self.refused.pop(name, None)
        try:
            self.give(name)
            self.handed += 1
        except PenstockError as error:
            self.refused[name] = error
