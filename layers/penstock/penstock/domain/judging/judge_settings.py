"""Settings of the comparison with live: what is tolerated, what is risked, and what is required."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.domain.judging.counts import Counts

STEP_UP = 1.5  # times the share: smaller moves do not begin a new step
PARTS = 10_000
"""Shares are set in hundredths of a percent: weights are integers out of so many."""


MOST_MOVES = 20
"""Shares of one ramp: from 0.01 to 50 %, each four times the one before, and some that fall."""
MOST_RAISES = 15
"""Moves after which a share only falls, so that there are some left for that."""


class Limit(NamedTuple):
    """What one bad request of a metric costs, and the largest excess rate that is promoted.

    An excess rate up to the slack is no harm at all, whatever multiple of live's rate it is. While
    the candidate may be cold, one up to `cold` rolls nothing back; None: no excess does.
    """

    harm: float
    margin: float
    slack: float = 0.0
    cold: float | None = 0.06


ERRORS_LIMIT = Limit(1.0, 0.005)
LATENCY_LIMIT = Limit(1.0, 0.02, cold=None)


@dataclass(frozen=True)
class Cap:
    """The most that one minute counts for: e^`nats`, or (r/e)^`slope` where that is more.

    r is the candidate's rate over live's, as if one more of live's requests had been bad. Rates
    that jump by themselves on each variant (half their mean) show a ratio above r about once in
    r^4 minutes; so a small r needs two or three minutes that agree, and a total failure one.
    Whatever a cap looks at, it only lowers e-values: it cannot break the guarantee.
    """

    nats: float = 3.0
    slope: float = 4.0

    def __call__(self, counts: Counts) -> float:
        """In nats; live and candidate had requests."""
        if not self.slope or counts.candidate_bad <= 0:
            return self.nats
        rate, live_rate = (
            counts.candidate_bad / counts.candidate,
            (counts.live_bad + 1) / counts.live,
        )
        return max(self.nats, self.slope * (math.log(rate) - math.log(live_rate) - 1))


@dataclass(frozen=True)
class SpreadStake:
    """1/(n + delay) of the cash is staked in minute n: as much on a start in any later minute."""

    delay: float = 2.0

    def __call__(self, minutes: int) -> float:
        """The share of the cash, after so many minutes."""
        return 1 / (minutes + 1 + self.delay)


@dataclass(frozen=True)
class FirstThen:
    """`first` of the cash is staked in the first minute, `later` in each later one."""

    first: float = 1 / 2
    later: float = 1 / 60

    def __call__(self, minutes: int) -> float:
        """The share of the cash, after so many minutes."""
        return self.later if minutes else self.first


@dataclass(frozen=True)
class JudgeSettings:
    """Every number the judge uses; the defaults look each minute and move weights at will.

    The test: a candidate is harmless while its rate is at most `rho` times (live's + the metric's
    slack); it is rolled back wrongly with a chance of at most `alpha`. `bets` are the ratios that
    are bet on in the proportions `shares`, each minute with the share `stake` of the cash left.
    `cap` bounds the log evidence of one minute. `phi`: requests per independent failure. A minute
    with fewer than `thin` requests expected on either side is taken as split by the weight. The
    bound: confidence 1 - `beta`, from bets on the ratios `stakes` below 1 in the proportions
    `backing`, `mixed` or each by itself.

    The ramp: `budget` bad requests at risk per step of `tau` minutes, and `spare` of what a minute
    costs if all traffic fails by the margin more often, at most twice the budget; at most `growth`
    times what was judged, at most the share `first` until as many requests as the budget were
    judged, up to the share `top`. A move multiplies the share by at least `least_move`, in whole
    `parts` (0: any real number), and is made downwards where the budget allows at most `fall` of
    the present share.
    Evidence above alpha^-`doubt` holds the share, above alpha^-`calm` nothing is promoted.
    Promotion after `least` minutes in all, `bake` of them in the last step if that is at the share
    `end` or above, `stall` if the ramp ends below it, within `deadline` minutes. `warm_up` first
    minutes are not judged; in the next `cold` ones only gross harm rolls back, wrongly with a
    chance of at most `gross_alpha`. `lag` minutes pass until a minute is complete. A move of the
    share takes `move` minutes, of which none is judged.

    `values_ms` are live's latencies that the metrics of quantiles count answers by.
    """

    alpha: float = 0.01
    rho: float = 1.1
    bets: tuple[float, ...] = (1.25, 1.5, 2.0, 4.0, 10.0, 50.0)
    shares: tuple[float, ...] = (3.0, 8.0, 6.0, 2.0, 2.0, 1.0)
    stake: Callable[[int], float] = SpreadStake()
    cap: Callable[[Counts], float] = Cap()
    phi: float = 1.0
    thin: float = 20.0

    beta: float = 0.05
    stakes: tuple[float, ...] = (0.25, 0.8, 0.97)
    backing: tuple[float, ...] = (10.0, 15.0, 1.0)
    mixed: bool = True

    budget: float = 11.0
    spare: float = 0.1
    growth: float = 4.0
    first: float = 0.125
    tau: float = 2.0
    top: float = 0.5
    least_move: float = 1.0
    parts: int = 0
    fall: float = 0.5
    doubt: float = 1 / 5
    calm: float = 1 / 50
    end: float = 0.25
    bake: int = 3
    stall: int = 10
    least: int = 17
    deadline: int = 240
    warm_up: int = 0
    cold: int = 0
    gross_alpha: float = 0.002
    lag: int = 1
    move: int = 0
    limits: Mapping[str, Limit] = field(
        default_factory=lambda: {"errors": ERRORS_LIMIT, "latency": LATENCY_LIMIT}
    )
    values_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def false_rollbacks(self) -> float:
        """The chance that a harmless candidate is rolled back, its cold start included."""
        return self.alpha + (self.gross_alpha if self.cold else 0.0)

    def limit(self, metric: str) -> Limit:
        """Of a stratum: that of its signal. Of a metric without one of its own: that of errors."""
        signal, *_ = metric.partition("[")
        return self.limits.get(signal) or self.limits.get("errors", ERRORS_LIMIT)


REFERENCE = JudgeSettings(
    shares=(1.0,) * len(JudgeSettings.bets),
    stake=FirstThen(first=1 / 2, later=1 / 60),
    cap=Cap(nats=3.0, slope=0.0),
    stakes=(0.02, 0.3, 0.7, 0.9, 0.97),
    backing=(1.0,) * 5,
    mixed=False,
    budget=20.0,
    spare=0.0,
    growth=2.0,
    first=JudgeSettings.top,
    doubt=1 / 2,
    calm=1 / 2,
    end=JudgeSettings.top,
    bake=10,
    least=0,
    deadline=60,
    limits={"errors": ERRORS_LIMIT, "latency": Limit(0.25, LATENCY_LIMIT.margin)},
)
"""Round numbers, for which values are known that were computed in other ways (docs/judge.md)."""
