"""A strategy: which keys of `rollout` it reads, and the stages that it makes of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from penstock.domain.judging.demand import Demand
from penstock.domain.judging.judgement import OnInconclusive, Rules
from penstock.domain.judging.method import Method
from penstock.domain.kinds.kind import Contents
from penstock.domain.planning.stage import Stage

WATCH_MINUTES = 10


class Shares(Protocol):
    """What strategies read of the policy's `rollout`; minutes, and percent of the requests."""

    @property
    def steps(self) -> tuple[float, ...] | Literal["adaptive"]:
        """Every share in turn, or that the comparison with live chooses them."""
        ...

    @property
    def step_minutes(self) -> int:
        """How long a share lasts."""
        ...

    @property
    def hold_minutes(self) -> int:
        """How much longer the last share lasts."""
        ...

    @property
    def watch_minutes(self) -> int:
        """How long the promoted package is watched."""
        ...


class Doubts(Protocol):
    """What strategies read of the policy's `judge`."""

    @property
    def signal_names(self) -> tuple[str, ...]:
        """What live and candidate are compared by."""
        ...

    @property
    def min_requests(self) -> int:
        """Fewer prove nothing."""
        ...

    @property
    def warm_up_minutes(self) -> int:
        """So long nothing that a new fleet does counts."""
        ...

    @property
    def deadline_minutes(self) -> int:
        """So long a stage may be in doubt."""
        ...

    @property
    def wait_hours(self) -> int:
        """So long a person may take to decide."""
        ...

    @property
    def on_inconclusive(self) -> OnInconclusive:
        """What is done where nobody and nothing decided."""
        ...


class Draft(NamedTuple):
    """What a strategy makes stages of: the policy, the kind's contents, and the demand.

    `demand` is what live served lately; None: nothing is known of it. `first`: nothing serves yet.
    """

    rollout: Shares
    judge: Doubts
    method: Method
    contents: Contents
    demand: Demand | None
    first: bool

    def rules(self, minutes: int, *, quiet: int = 0, requests: bool = True) -> Rules:
        """How a stage is judged. A share that needs no requests has none to be judged by."""
        return Rules(
            minutes=max(minutes, quiet),
            quiet_minutes=quiet,
            min_requests=self.judge.min_requests if requests else 0,
            deadline_minutes=self.judge.deadline_minutes,
            wait_minutes=60 * self.judge.wait_hours,
            on_inconclusive=self.judge.on_inconclusive,
        )


def _nothing(_: Draft) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True)
class Strategy:
    """One line of the table of strategies.

    `reads` are keys of `rollout` that not every strategy reads: a policy that sets another one says
    what cannot happen. `steps`, `increment` and `watch_minutes` are its defaults. `instances` is
    the least `serving.instance_count`, with the reason. `stages` is None where this version does
    not know the strategy yet; `notes` tells what people may not expect of such a release.
    """

    name: str
    reads: tuple[str, ...]
    stages: Callable[[Draft], Iterator[Stage]] | None = None
    notes: Callable[[Draft], Iterator[str]] = field(default=_nothing)
    steps: tuple[float, ...] = ()
    needs_steps: bool = False
    increment: float | None = None
    watch_minutes: int = WATCH_MINUTES
    instances: tuple[int, str] = (1, "")

    @property
    def lacking(self) -> str:
        """Why a policy with this strategy is refused where `stages` is None."""
        return f"this version does not support the strategy {self.name} yet"
