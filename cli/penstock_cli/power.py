"""`penstock power`: what a policy will find, how soon and at what cost, by simulating releases."""

import math
import random
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import count
from typing import NamedTuple

from penstock.domain.judging.counts import Counts, added
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.forecast import forecast, unprovable
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import parts
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.judging.simulated_release import Course, simulate
from penstock.domain.judging.walk import Leg
from penstock_cli.binomial import binomial

RUNS = 400  # releases of a kind at most
MINUTES = 20_000  # simulated minutes of a kind, after which no further release begins
_BUSIEST = 1e7  # requests a minute that are tried to find what suffices


class PowerQuestion(NamedTuple):
    """Traffic, live's rate of bad requests of one signal, and how many times worse to find.

    `others` are metrics that are judged as well. The strata of a signal have equally many requests
    and the signal's rate. Nothing is ever bad by another signal, and live's quantiles are exceeded
    as often as they say. The candidate is as good as live before minute `begins`, and always
    outside of `stratum`, if that names one of the strata of `metric`.
    """

    requests_per_minute: float
    baseline: float
    effect: float
    metric: str
    seed: int
    others: tuple[str, ...] = ()
    begins: int = 0
    stratum: str | None = None

    @property
    def rates(self) -> dict[str, float]:
        """Live's, of everything that is judged."""
        return {name: self._rate(name) for name in (self.metric, *self.others)}

    @property
    def of_signals(self) -> dict[str, float]:
        """Live's rates without those of strata, by which nothing has to be proven."""
        return {name: rate for name, rate in self.rates.items() if not parts([name])[name].stratum}

    @property
    def strata(self) -> dict[str, list[str]]:
        """The strata of each signal that has some."""
        found: dict[str, list[str]] = {}
        for name, part in parts(self.others).items():
            if part.stratum:
                found.setdefault(part.signal, []).append(name)
        return found

    @property
    def candidate(self) -> float:
        """The bad candidate's rate."""
        return min(1.0, self.baseline * self.effect)

    @property
    def where(self) -> str:
        """Where the bad candidate is worse, to go on with in a sentence; empty: everywhere."""
        return f" in {parts([self.stratum])[self.stratum].stratum} alone" if self.stratum else ""

    def harms(self, name: str) -> bool:
        """Whether the bad candidate is worse by this metric."""
        if self.stratum:
            return name == self.stratum
        return self.metric in (name, parts([name])[name].signal)

    def _rate(self, name: str) -> float:
        if name in QUANTILES and name != self.metric:
            return QUANTILES[name].above
        return self.baseline if self.metric in (name, parts([name])[name].signal) else 0.0


class Quantiles(NamedTuple):
    """Median and 95 % quantile over all releases; None: not within the deadline."""

    median: float | None
    p95: float | None


class Cost(NamedTuple):
    """How releases of one kind end; requests of the candidate and bad ones until then."""

    releases: int
    endings: Mapping[MoveAction, float]
    minutes: Quantiles
    requests: Quantiles
    bad_requests: Quantiles
    extra_bad_requests: float


class Power(NamedTuple):
    """The answer; `warning` says what cannot be proven or is not found, None where all is well."""

    question: PowerQuestion
    regression: Cost
    healthy: Cost
    warning: str | None


def power(question: PowerQuestion, settings: JudgeSettings, legs: Sequence[Leg]) -> Power:
    """Both kinds of release through the judge itself; the same seed gives the same answer."""
    bad = _cost(question, question.candidate, "roll_back", settings, legs)
    good = _cost(question, question.baseline, "promote", settings, legs)
    return Power(question, bad, good, _warning(question, bad, settings, legs))


def _cost(
    question: PowerQuestion,
    rate: float,
    wanted: MoveAction,
    settings: JudgeSettings,
    legs: Sequence[Leg],
) -> Cost:
    chance = random.Random(question.seed)  # noqa: S311 - a simulation
    courses: list[Course] = []
    spent, extra = 0, 0.0
    while len(courses) < RUNS and spent < MINUTES:
        traffic = Traffic(question, rate, chance)
        course = simulate(question.rates, settings, legs, traffic)
        courses.append(course)
        spent += course.minutes
        extra += traffic.worse * (rate - question.baseline)
    served = [course.served[question.metric] for course in courses]
    return Cost(
        len(courses),
        _shares([course.action for course in courses]),
        _spread([c.minutes if c.action == wanted else math.inf for c in courses]),
        _spread([counts.candidate for counts in served]),
        _spread([counts.candidate_bad for counts in served]),
        extra / len(served),
    )


class Traffic:
    """One release's requests, as many each minute as said and routed at random.

    `worse` counts those that a candidate got while and where it was worse than live.
    """

    def __init__(self, question: PowerQuestion, rate: float, chance: random.Random) -> None:
        self.worse = 0.0
        self._question, self._rate, self._chance = question, rate, chance
        self._minutes = count()
        self._rates, self._strata = question.rates, question.strata
        self._harmed = {name for name in self._rates if question.harms(name)}

    def __call__(self, weight: float) -> Mapping[str, Counts]:
        whole, rest = divmod(self._question.requests_per_minute, 1)
        requests = int(whole) + (self._chance.random() < rest)
        candidate = binomial(requests, weight, self._chance)
        begun = next(self._minutes) >= self._question.begins
        shown: dict[str, Counts] = {}
        for name in self._question.of_signals:
            apart = self._strata.get(name, [])
            here = self._spread(requests - candidate, apart or [name])
            there = self._spread(candidate, apart or [name])
            seen = {each: self._counts(each, here[each], there[each], worse=begun) for each in here}
            shown |= {**seen, name: reduce(added, seen.values())}
        harmed = self._question.stratum or self._question.metric
        self.worse += shown[harmed].candidate if begun else 0
        return shown

    def _counts(self, name: str, live: int, candidate: int, *, worse: bool) -> Counts:
        usual = self._rates[name]
        rate = self._rate if worse and name in self._harmed else usual
        live_bad = binomial(live, usual, self._chance)
        return Counts(live, live_bad, candidate, binomial(candidate, rate, self._chance))

    def _spread(self, requests: int, names: Sequence[str]) -> dict[str, int]:
        """Each request falls on any of the names alike."""
        found: dict[str, int] = {}
        for left, name in zip(range(len(names), 0, -1), names, strict=True):
            found[name] = binomial(requests, 1 / left, self._chance) if left > 1 else requests
            requests -= found[name]
        return found


def _shares(actions: Sequence[MoveAction]) -> dict[MoveAction, float]:
    ends: tuple[MoveAction, ...] = ("roll_back", "promote", "inconclusive")
    return {end: actions.count(end) / len(actions) for end in ends}


def _spread(values: Sequence[float]) -> Quantiles:
    ordered = sorted(values)
    return Quantiles(*(_finite(ordered[math.ceil(q * len(ordered)) - 1]) for q in (0.5, 0.95)))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _warning(
    question: PowerQuestion, regression: Cost, settings: JudgeSettings, legs: Sequence[Leg]
) -> str | None:
    traffic, rates = question.requests_per_minute, question.of_signals
    unproven = unprovable(settings, traffic, rates) if legs[0].ramp else None
    if unproven:
        least = _least_traffic(settings, rates)
        return f"{unproven}; {least}" if least else unproven
    found = regression.endings["roll_back"]
    if found < 0.95:  # noqa: PLR2004 - 95 %
        late = f" from minute {question.begins} on" if question.begins else ""
        why = "the release is over before, or there is" if question.begins else "there is"
        return (
            f"a candidate {question.effect:g} times worse{question.where}{late} is rolled back in "
            f"{100 * found:.3g} % of the releases only: {why} too little traffic, or too small an "
            "effect, for this policy"
        )
    return None


def _least_traffic(settings: JudgeSettings, rates: Mapping[str, float]) -> str | None:
    """From how many requests a minute on the margin is provable, to one digit and a half."""
    tried = [base * 10**power for power in range(8) for base in (1, 1.5, 2, 3, 5, 7)]
    for requests in tried:
        if requests <= _BUSIEST and forecast(settings, requests, rates).minutes is not None:
            return f"about {requests:,.0f} requests a minute suffice"
    return None
