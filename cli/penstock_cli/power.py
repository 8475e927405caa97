"""`penstock power`: what a policy will find, how soon and at what cost, by rehearsing it."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.forecast import forecast, unprovable
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.judging.rehearsal import Course, Serve, rehearse
from penstock.domain.judging.walk import Leg
from penstock_cli.binomial import binomial

RUNS = 400  # releases of a kind at most
MINUTES = 20_000  # simulated minutes of a kind, after which no further release begins
_BUSIEST = 1e7  # requests a minute that are tried to find what suffices


class PowerQuestion(NamedTuple):
    """Traffic, live's rate of bad requests of one metric, and how many times worse to find.

    `others` are signals that are judged as well; nothing is ever bad by them, and live's quantiles
    are exceeded as often as they say.
    """

    requests_per_minute: float
    baseline: float
    effect: float
    metric: str
    seed: int
    others: tuple[str, ...] = ()

    @property
    def rates(self) -> dict[str, float]:
        """Live's, of every signal."""
        usual = {name: QUANTILES[name].above if name in QUANTILES else 0.0 for name in self.others}
        return {self.metric: self.baseline} | usual

    @property
    def candidate(self) -> float:
        """The bad candidate's rate."""
        return min(1.0, self.baseline * self.effect)


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
    serve = _traffic(question, rate, chance)
    courses: list[Course] = []
    spent = 0
    while len(courses) < RUNS and spent < MINUTES:
        course = rehearse(question.rates, settings, legs, serve)
        courses.append(course)
        spent += course.minutes
    served = [course.served[question.metric] for course in courses]
    excess = rate - question.baseline
    return Cost(
        len(courses),
        _shares([course.action for course in courses]),
        _spread([c.minutes if c.action == wanted else math.inf for c in courses]),
        _spread([counts.candidate for counts in served]),
        _spread([counts.candidate_bad for counts in served]),
        sum(counts.candidate for counts in served) * excess / len(served),
    )


def _traffic(question: PowerQuestion, rate: float, chance: random.Random) -> Serve:
    """As many requests each minute as said, routed at random."""
    whole, rest = divmod(question.requests_per_minute, 1)
    others = {name: question.rates[name] for name in question.others}

    def serve(weight: float) -> Mapping[str, Counts]:
        requests = int(whole) + (chance.random() < rest)
        candidate = binomial(requests, weight, chance)
        live = requests - candidate
        live_bad = binomial(live, question.baseline, chance)
        bad = binomial(candidate, rate, chance)
        calm = {
            name: Counts(
                *(live, binomial(live, usual, chance)),
                *(candidate, binomial(candidate, usual, chance)),
            )
            for name, usual in others.items()
        }
        return {question.metric: Counts(live, live_bad, candidate, bad)} | calm

    return serve


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
    traffic, rates = question.requests_per_minute, question.rates
    unproven = unprovable(settings, traffic, rates) if legs[0].ramp else None
    if unproven:
        least = _least_traffic(settings, rates)
        return f"{unproven}; {least}" if least else unproven
    found = regression.endings["roll_back"]
    if found < 0.95:  # noqa: PLR2004 - 95 %
        return (
            f"a candidate {question.effect:g} times worse is rolled back in {100 * found:.3g} % of "
            "the releases only: too little traffic, or too small an effect, for this policy"
        )
    return None


def _least_traffic(settings: JudgeSettings, rates: Mapping[str, float]) -> str | None:
    """From how many requests a minute on the margin is provable, to one digit and a half."""
    tried = [base * 10**power for power in range(8) for base in (1, 1.5, 2, 3, 5, 7)]
    for requests in tried:
        if requests <= _BUSIEST and forecast(settings, requests, rates).minutes is not None:
            return f"about {requests:,.0f} requests a minute suffice"
    return None
