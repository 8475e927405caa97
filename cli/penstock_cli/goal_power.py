"""`penstock power --goal`: how many days an A/B test takes, by playing it."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from penstock.domain.judging.goal.aim import Aim
from penstock.domain.judging.goal.finding import Decision, goal_finding
from penstock.domain.judging.goal.outcomes import GoalMinute, GoalOutcomes, widest_spread
from penstock.domain.judging.goal.time_needed import LIKELY, information, information_needed
from penstock.domain.judging.goal.trial import BEGUN, trial_after
from penstock_cli.binomial import binomial

EXPERIMENTS = 200
PIECES = 100
"""An experiment is played in so many pieces; in each of them nothing changes."""
SHORT = 10
"""The first piece is played in so many parts, because the first bets are chosen without any past.
"""
DAY = 24 * 60  # minutes
MOST_PLAYED = 3650  # days that are played at most
SAMPLES = 40  # minutes whose least and largest outcome are drawn
DRAWN = 400  # outcomes of one such minute at most


class GoalQuestion(NamedTuple):
    """A goal, the traffic, and live's outcomes in their unit.

    `spread` is their standard deviation. None: of a rate, or the largest that the bounds allow.
    `share` is the candidate's, within 0 and 1.
    """

    name: str
    aim: Aim
    requests_per_minute: float
    mean: float
    spread: float | None
    share: float
    max_days: int
    delay_minutes: int
    seed: int

    @property
    def better(self) -> float:
        """The mean outcome of a candidate that is better by the least effect."""
        return self.mean + (self.aim.least_effect if self.aim.higher else -self.aim.least_effect)


class Days(NamedTuple):
    """Days by which half of the experiments, and 80 % of them, end so; None: later, or never."""

    median: float | None
    likely: float | None


class GoalCourse(NamedTuple):
    """How experiments end within `max_days`, as shares, and when they have ended as they should."""

    endings: Mapping[Decision, float]
    days: Days


class GoalPower(NamedTuple):
    """The answer. `warning` says what is not found in time, None where all is well."""

    question: GoalQuestion
    better: GoalCourse
    alike: GoalCourse
    warning: str | None


def goal_power(question: GoalQuestion) -> GoalPower:
    """Both kinds of experiment through the test itself; the same seed gives the same answer."""
    better = _course(question, question.better, "better")
    alike = _course(question, question.mean, "no_relevant_difference")
    return GoalPower(question, better, alike, _warning(question, better))


def _course(question: GoalQuestion, mean: float, wanted: Decision) -> GoalCourse:
    chance = random.Random(question.seed)  # noqa: S311 - a simulation
    pieces = _Pieces(question, mean, chance)
    minutes = _piece_minutes(question, pieces)
    ended = [_ended(question.aim, pieces, minutes) for _ in range(EXPERIMENTS)]
    delay = question.delay_minutes / DAY
    found = sorted(days + delay if end == wanted else math.inf for end, days in ended)
    in_time = Counter(end if days <= question.max_days else "open" for end, days in ended)
    decisions: tuple[Decision, ...] = ("better", "worse", "no_relevant_difference", "open")
    return GoalCourse(
        {each: in_time[each] / EXPERIMENTS for each in decisions},
        Days(*(_finite(found[math.ceil(part * EXPERIMENTS) - 1]) for part in (0.5, LIKELY))),
    )


class _Pieces:
    """Pieces of an experiment whose candidate has this mean outcome."""

    def __init__(self, question: GoalQuestion, mean: float, chance: random.Random) -> None:
        self._question, self._chance = question, chance
        self._means = {"live": question.mean, "candidate": mean}
        requests = question.requests_per_minute
        self._ends = {
            "live": self._usual_ends(question.mean, requests * (1 - question.share)),
            "candidate": self._usual_ends(mean, requests * question.share),
        }

    def piece(self, number: int, minutes: float) -> GoalMinute:
        """One piece of so many minutes."""
        requests = self._question.requests_per_minute * minutes
        whole = int(requests) + (self._chance.random() < requests % 1)
        candidate = binomial(whole, self._question.share, self._chance)
        return GoalMinute(
            number,
            self._question.share,
            self._outcomes("live", whole - candidate),
            self._outcomes("candidate", candidate),
        )

    def _outcomes(self, variant: str, requests: int) -> GoalOutcomes:
        mean, (low, high) = self._means[variant], self._question.aim.bounds
        if self._question.spread is None:
            hits = binomial(requests, (mean - low) / (high - low), self._chance)
            return GoalOutcomes(requests, requests * low + hits * (high - low))
        least, most = self._ends[variant]
        total = self._chance.gauss(requests * mean, requests**0.5 * self._question.spread)
        return GoalOutcomes(
            requests, min(requests * most, max(requests * least, total)), least, most
        )

    def _usual_ends(self, mean: float, requests: float) -> tuple[float, float]:
        """A least and a largest outcome that spread as far as those of a minute, on average.

        Outcomes are Beta distributed.
        """
        aim, spread = self._question.aim, self._question.spread
        centre = aim.scaled(mean)
        if spread is None or not 0 < centre < 1:
            return aim.bounds
        both = centre * (1 - centre) / (spread / aim.width) ** 2 - 1
        if both <= 0:
            return aim.bounds
        count = max(1, min(DRAWN, round(requests)))
        minutes = [
            [self._chance.betavariate(centre * both, (1 - centre) * both) for _ in range(count)]
            for _ in range(SAMPLES)
        ]
        variance = math.fsum(_widest(each, centre) for each in minutes) / SAMPLES
        least = math.fsum(min(each) for each in minutes) / SAMPLES
        below = max(min(variance, centre - least), variance / (1 - centre))
        return aim.unscaled(centre - below), aim.unscaled(centre + variance / below)


def _widest(outcomes: Sequence[float], centre: float) -> float:
    """The mean square from the centre that Sum, Minimum and Maximum of these outcomes allow."""
    seen = GoalOutcomes(len(outcomes), math.fsum(outcomes), min(outcomes), max(outcomes))
    spread = widest_spread(seen, Aim(1.0))
    squares = spread.squares - 2 * centre * spread.total + spread.requests * centre**2
    return squares / spread.requests


def _piece_minutes(question: GoalQuestion, pieces: _Pieces) -> float:
    """So long that all pieces together are the days that most experiments need, or may take."""
    first = trial_after(BEGUN, pieces.piece(0, DAY), question.aim)
    day = information(trial_after(first, pieces.piece(1, DAY), question.aim), question.aim)
    gained = day - information(first, question.aim)
    needed = 3 * information_needed(question.aim, LIKELY) / gained if gained > 0 else math.inf
    return min(max(1.0, needed), MOST_PLAYED) * DAY / PIECES


def _ended(aim: Aim, pieces: _Pieces, minutes: float) -> tuple[Decision, float]:
    """What one experiment decides, and after how many days."""
    trial, played = BEGUN, 0.0
    lengths = [minutes / SHORT] * SHORT + [minutes] * (PIECES - 1)
    for number, length in enumerate(lengths):
        trial, played = trial_after(trial, pieces.piece(number, length), aim), played + length
        decision = goal_finding(trial, aim).decision
        if decision != "open":
            return decision, played / DAY
    return "open", math.inf


def _warning(question: GoalQuestion, better: GoalCourse) -> str | None:
    """If the least effect is not found in time in most experiments."""
    found = better.endings["better"]
    if found >= LIKELY:
        return None
    needed = better.days.likely
    least, days = question.aim.least_effect, question.max_days
    allow = (
        f"allow {math.ceil(needed)} days, or a least effect of about "
        f"{least * (needed / days) ** 0.5:.2g}"
        if needed
        else "there is far too little traffic for so small an effect"
    )
    return (
        f"a difference of {least:g} is found within {days} days in {100 * found:.3g} % of the "
        f"experiments only: {allow}"
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
