"""The settings of the comparison with live: what is tolerated, risked and asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.domain.counts import Counts
from penstock.domain.rollout import Judge

STEP_UP = 1.5  # times the share: smaller moves do not begin a new step
PARTS = 1_000
"""Shares are set in tenths of a percent: closer ones count as the same (content.TOLERANCE)."""


class Limit(NamedTuple):
    """What one bad request of a metric costs, and the largest excess rate that is promoted."""

    harm: float
    margin: float


ERRORS = Limit(1.0, 0.005)
LATENCY = Limit(0.25, 0.02)
COSTS = {"latency": LATENCY.harm, "client_errors": LATENCY.harm}


@dataclass(frozen=True)
class Cap:
    """One minute counts for at most e^`nats`: two or three have to agree."""

    nats: float = 3.0

    def __call__(self, counts: Counts) -> float:
        """The same for every minute, whatever it showed."""
        del counts
        return self.nats


@dataclass(frozen=True)
class Method:
    """Every number the judge uses; the defaults look each minute and move weights at will.

    The test: a candidate is harmless while its rate is at most `rho` times (live's + `delta`);
    it is rolled back wrongly with a chance of at most `alpha`. `bets` are the ratios that are bet
    on, with `first_stake` of the money in the first minute and `later_stake` of the rest in each
    later one. `cap` bounds the log evidence of one minute. `phi`: requests per independent
    failure. A minute with fewer than `thin` requests expected on either side is taken as split by
    the weight. The bound: confidence 1 - `beta`, from `stakes` below 1.

    The ramp: `budget` bad requests at risk per step of `tau` minutes, at most `growth` times what
    was judged, up to the share `top`; a move multiplies the share by at least `least_move`, in
    whole `parts` (0: any real number). Promotion after `bake` minutes at the end of the ramp,
    within `deadline` minutes. `warm_up` first minutes are not judged; `lag` minutes pass until a
    minute is complete.
    """

    alpha: float = 0.01
    rho: float = 1.1
    delta: float = 0.0
    bets: tuple[float, ...] = (1.25, 1.5, 2.0, 4.0, 10.0, 50.0)
    first_stake: float = 1 / 2
    later_stake: float = 1 / 60
    cap: Callable[[Counts], float] = Cap()
    phi: float = 1.0
    thin: float = 20.0

    beta: float = 0.05
    stakes: tuple[float, ...] = (0.02, 0.3, 0.7, 0.9, 0.97)

    budget: float = 20.0
    growth: float = 2.0
    tau: float = 2.0
    top: float = 0.5
    least_move: float = 1.0
    parts: int = 0
    bake: int = 10
    deadline: int = 60
    warm_up: int = 0
    lag: int = 1
    limits: Mapping[str, Limit] = field(
        default_factory=lambda: {"errors": ERRORS, "latency": LATENCY}
    )

    def limit(self, metric: str) -> Limit:
        """Of a metric without one of its own: that of errors."""
        return self.limits.get(metric) or self.limits.get("errors", ERRORS)


def method_of(judge: Judge) -> Method:
    """As the policy says, on SageMaker.

    A weight change blocks the endpoint, so moves are of half at least; minutes are complete only
    3 minutes after they ended, which with one look a minute makes 4 minutes at risk per step.
    """
    return Method(
        alpha=judge.false_rollback_rate,
        rho=judge.tolerance,
        tau=4.0,
        least_move=STEP_UP,
        parts=PARTS,
        deadline=judge.deadline_minutes,
        warm_up=judge.warm_up_minutes,
        lag=3,
        limits={
            name: Limit(COSTS.get(name, ERRORS.harm), margin)
            for name, margin in judge.all_margins.items()
        },
    )
