"""The sweep: reconcile every place and every group, each in a separate invocation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.domain.errors import PenstockError
from penstock.domain.ledger.place import Key
from penstock.ports import Ledger, Reconciling
from penstock.review_ports import Feeders, Policies
from penstock.usecases.sweeping.turns import Turns

PLACES_A_SECOND, GROUPS_A_SECOND = 5, 2
"""Who is reconciled asks SageMaker and CloudWatch at once. Of everybody together they take about
ten descriptions and five listings a second, and releases under way need some of them. A place
describes once, a group lists twice."""
PLACES_LEAVE_MS = 600_000
"""Milliseconds of the sweep that are the groups'."""
GROUPS_LEAVE_MS = 30_000
"""Milliseconds of the sweep that the last hand-over may take."""


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
    turns: Turns
    pause: Callable[[float], None]
    log: Callable[[str], None]

    def __call__(self) -> Swept:
        """Hand over every place that has a gate, and every group that has a policy.

        The next sweep begins with what this one does not reach in time.

        Raises:
            PenstockError: Something could not be listed or handed over. Everything else was handed
                over before. Handing over twice is harmless, so the invocation may be retried.
        """
        round_ = _Round(self.turns, self.pause, self.log)
        place = lambda key: self.reconciling.place(Key(key))  # noqa: E731
        places = round_("place", self.ledger.keys, place, PLACES_A_SECOND, PLACES_LEAVE_MS)
        group = self.reconciling.group
        groups = round_("group", self._groups, group, GROUPS_A_SECOND, GROUPS_LEAVE_MS)
        if round_.errors:
            raise round_.errors[0]
        return Swept(places, groups)

    def _groups(self) -> Iterable[str]:
        """Groups with a policy. The endpoint that each names is stored for admissions."""
        found = self.policies.endpoints()
        self.feeders.keep_feeders(found)
        return found


@dataclass
class _Round:
    """Continues when one hand-over fails."""

    turns: Turns
    pause: Callable[[float], None]
    log: Callable[[str], None]
    errors: list[PenstockError] = field(default_factory=list)

    def __call__(
        self,
        kind: str,
        listing: Callable[[], Iterable[str]],
        hand_over: Callable[[str], None],
        a_second: int,
        reserve: int,
    ) -> int:
        """Returns how many of this kind were handed over."""
        handed = 0

        def one(name: str) -> None:
            nonlocal handed
            if handed and handed % a_second == 0:
                self.pause(1.0)
            handed += self._took(f"{kind} {name}", lambda: hand_over(name))

        self._took(f"every {kind}", lambda: self.turns(kind, listing(), one, reserve))
        return handed

    def _took(self, what: str, work: Callable[[], None]) -> bool:
        """Whether it worked. If it did not, the others continue."""
        try:
            work()
        except PenstockError as error:
            self._failed(what, error)
            return False
        return True

    def _failed(self, what: str, error: PenstockError) -> None:
        self.log(f"{what} was not handed over: {error}")
        self.errors.append(error)
