"""How the attacks of an independent check of the judge end now.

The figures of before are from that check, of the version that it attacked. Healthy variants have
0.1 % errors and 5 % slow answers. Unless it is said otherwise whole releases run on adaptive steps
with the settings of the default policy; where noise is attacked, with what live taught it.
"""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from benchmarks.assumptions import Wandering, cold, noisy, rolled_back, sticky
from benchmarks.figures.holdback import JUDGED, late
from benchmarks.figures.tables import Cells, Table
from benchmarks.simulated import (
    BASE,
    SHIPPED,
    Candidate,
    Draw,
    Rates,
    all_written,
    by_rate,
    constant,
    held,
    percent,
    released,
    serving,
    written,
)
from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.comparison import Comparison, opened
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.decision import MoveAction, suspicion
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.readings import READ_AFTER, Datapoints, Reading, counts
from penstock.domain.judging.simulated_release import Course, Serve, simulate
from penstock.domain.judging.walk import ramp
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import SURE_AFTER, Points
from penstock.domain.moments import MINUTE_MS
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.legs import legs_of
from penstock_cli.binomial import binomial
from tests.worlds.setups import policy

SEED = 880_404
HOUR = 60  # minutes


class Attack(NamedTuple):
    """An attack, how it ended before, and how it is simulated now, from a number of releases."""

    what: str
    before: str
    now: Callable[[int], str]


class Variants(NamedTuple):
    """How bad requests are drawn, in every release again, and the rates of both variants."""

    drawing: Callable[[], Draw]
    live: Rates = BASE
    candidate: Candidate | None = None

    def world(self, requests: int, chance: random.Random) -> Serve:
        """Return one release with so many requests a minute."""
        return serving(requests, self.drawing(), chance, self.live, self.candidate)


World = Callable[[int, random.Random], Serve]
"""From requests a minute and randomness, one release."""


def ramped(
    world: World, requests: int, releases: int, settings: JudgeSettings = SHIPPED
) -> list[Course]:
    """Return how releases end on the ramp that so many requests a minute begin."""
    legs = ramp(settings, first_weight(requests, BASE, settings))
    seed = f"{SEED} {requests}"
    return released(BASE, settings, legs, partial(world, requests), releases, seed)


ENDED: Mapping[MoveAction, str] = {
    "roll_back": "rolled back",
    "promote": "promoted",
    "inconclusive": "not proven",
}


def ended(
    action: MoveAction,
    traffic: Sequence[int],
    courses: Callable[[int, int], list[Course]],
    releases: int,
) -> str:
    """Say how many of a hundred end so; `courses` from requests a minute and releases."""
    found = all_written(percent(courses(requests, releases), action) for requests in traffic)
    return f"{found} % {ENDED[action]}"


def on_ramp(
    world: World,
    traffic: Sequence[int],
    releases: int,
    action: MoveAction = "roll_back",
    settings: JudgeSettings = SHIPPED,
) -> str:
    """Say how many of a hundred releases with adaptive steps end so."""
    return ended(action, traffic, partial(ramped, world, settings=settings), releases)


def taught(drawing: Callable[[], Draw], traffic: Sequence[int], releases: int) -> str:
    """Say how many of a hundred releases roll back by the tolerance that live taught each."""
    backs = [rolled_back(each, drawing, SHIPPED, releases, learns=True) for each in traffic]
    return f"{all_written(backs)} % rolled back"


def cost(world: World, traffic: Sequence[int], releases: int) -> str:
    """Say how many bad requests the candidate of a release serves on average."""
    bad = [
        statistics.fmean(c.served["errors"].candidate_bad for c in ramped(world, each, releases))
        for each in traffic
    ]
    return f"{all_written(bad)} bad requests"


def _always(draw: Draw) -> Draw:
    return draw


BY_RATE = partial(_always, by_rate)


# 1: what a histogram's bucket that the objective cuts shows of each of its requests.
CUT, PART = 0.015, 0.4
"""The share of the requests in it, and the part of each that is counted."""


def read(live: float, live_bad: float, candidate: float, candidate_bad: float) -> Counts:
    """Return the counts of a minute as they are read."""
    shown = Datapoints(live, live_bad, candidate, candidate_bad)
    return counts(Reading(0, {"latency": shown}))["latency"]


def always_cut(releases: int) -> str:
    """Say how a release ends whose every minute shows 1.1 and 2.9 slow answers of 30."""
    minute = {"latency": read(30, 1.1, 30, 2.9)}
    course = simulate(minute, SHIPPED, held(0.5, 240), lambda _: minute)
    return f"{ENDED[course.action]} in minute {course.minutes}"


def cut(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
    """Draw slow answers, some of them counted in part. Errors, which are rarer, are whole."""
    if p < CUT:
        return binomial(n, p, chance)
    return min(n, binomial(n, p - CUT * PART, chance) + PART * binomial(n, CUT, chance))


SLOWER: Rates = {**BASE, "latency": 0.075}


# 2: requests that name the candidate.


def direct(part: float, requests: int, chance: random.Random) -> Serve:
    """Return a release to whose candidate this part of the traffic comes beside its share."""

    def serve(weight: float) -> Mapping[str, Counts]:
        routed = binomial(requests, weight, chance)
        candidate = routed + binomial(10 * requests, part / 10, chance)
        live = requests - routed
        return {
            name: Counts(
                *(live, binomial(live, rate, chance)),
                *(candidate, binomial(candidate, rate, chance)),
            )
            for name, rate in BASE.items()
        }

    return serve


# 3: a model that is dead from the start; what it answers is as quick as live's answers.
DEAD: Rates = {**BASE, "errors": 1.0}


# 4: a surge.
SURGE, SURGES = 100, 40
"""Times the traffic, and from which minute on."""
FAILING: Rates = {**BASE, "errors": 0.2}


def surging(requests: int, chance: random.Random) -> Serve:
    """Return a release whose traffic surges while its candidate begins to fail."""
    calm = serving(requests, by_rate, chance)
    surge = serving(requests * SURGE, by_rate, chance, BASE, partial(constant, FAILING))
    minutes = iter(range(10**9))

    def serve(weight: float) -> Mapping[str, Counts]:
        return (surge if next(minutes) >= SURGES else calm)(weight)

    return serve


# 5: data of the candidate that come later than those of live.
LATE_BY, AT, OF = 4, 0.05, 600
"""Minutes; the candidate's share, and the requests of a minute."""


def heard_late(releases: int) -> str:
    """Say when a dead candidate is found whose data are late."""
    chance = random.Random(f"{SEED} late data")  # noqa: S311 - a simulation
    found = [_heard(chance) for _ in range(releases)]
    minutes = [minute for minute in found if minute is not None]
    share = written(100 * len(minutes) / len(found))
    return f"{share} % rolled back, minute {statistics.median(minutes):g}" if minutes else "none"


def _heard(chance: random.Random) -> int | None:
    """Return the minute in which it is rolled back; None: not in an hour."""
    shown = [_dead_minute(chance) for _ in range(HOUR)]
    comparison = opened(["errors"], SHIPPED, 0, 0).at_share(0, 100 * AT)
    for now in range(HOUR):
        comparison = _looked(comparison, shown, now)
        if suspicion(comparison.state, SHIPPED) == "harm":
            return now
    return None


def _dead_minute(chance: random.Random) -> Datapoints:
    candidate = binomial(OF, AT, chance)
    failed = binomial(OF - candidate, BASE["errors"], chance)
    return Datapoints(OF - candidate, failed, candidate or None, candidate or None)


def _looked(comparison: Comparison, shown: Sequence[Datapoints], now: int) -> Comparison:
    """Return the comparison after the look of minute `now`, at what is published by then."""
    read = [
        Reading(number, {"errors": _published(shown[number], now - number)})
        for number in range(comparison.next_minute, now - READ_AFTER)
    ]
    evidence = HarmEvidence(comparison.state, SHIPPED)
    return comparison.with_readings(read, evidence, now * MINUTE_MS, SURE_AFTER)


def _published(shown: Datapoints, age: int) -> Datapoints:
    return shown if age > LATE_BY else shown._replace(candidate=None, candidate_bad=None)


# 6: counts of nothing that are not published.
UNPUBLISHED = replace(SHIPPED, lag=SURE_AFTER + 1)
"""A minute with a gap is final when it is old enough."""


def unpublished(requests: int, chance: random.Random) -> Serve:
    """Return a release whose zero errors have no datapoint."""
    counting = PUBLISHED.signals["errors"].counting
    served = serving(requests, by_rate, chance)

    def serve(weight: float) -> Mapping[str, Counts]:
        shown = served(weight)
        live, live_bad, candidate, candidate_bad = shown["errors"]
        here, there = _points(live, live_bad), _points(candidate, candidate_bad)
        one, other = counting(here, there), counting(there, here)
        datapoints = Datapoints(*one[:2], *other[:2], whole=one.whole and other.whole)
        return {**shown, **counts(Reading(0, {"errors": datapoints}))}

    return serve


def _points(requests: float, failed: float) -> Points:
    """Requests, errors of the model, 4xx and 5xx; nothing where there was none."""
    return (requests or None, failed or None, None, failed or None)


# 9: what wears off.
NOVELTY, FADES = 0.02, 20
"""The candidate's extra rates in its first minute, and the minutes until nothing is left of it."""


def novel(minute: int) -> Rates:
    extra = NOVELTY * max(0.0, 1 - minute / FADES)
    return {name: rate + extra for name, rate in BASE.items()}


# 10: harm that begins shortly before the promotion.
BEGINS = 42  # the minute


def began_late(held: float, traffic: Sequence[int], releases: int) -> str:
    """Say how many are promoted, and how many of all while the failure was there already."""
    found = [late(requests, BEGINS, held, BASE, releases) for requests in traffic]
    there = [
        100 * sum(c.action == "promote" and c.minutes > BEGINS for c in courses) / releases
        for courses in found
    ]
    promoted = all_written(percent(courses, "promote") for courses in found)
    return f"{promoted} % promoted, {all_written(there)} % with the failure"


# 12: three times next to nothing.
NEXT_TO_NOTHING: Rates = {**BASE, "errors": 1e-5}
TRIPLED: Rates = {**BASE, "errors": 3e-5}

# 13: the steps that were the default.
STEPS = [5, 25, 50]


def by_steps(candidate: Rates, traffic: Sequence[int], releases: int) -> str:
    """Say how many releases with explicit steps are promoted by what else is default."""
    drawn = policy(judge=JUDGED, rollout={"steps": STEPS})
    world = Variants(BY_RATE, candidate=partial(constant, candidate)).world

    def courses(requests: int, releases: int) -> list[Course]:
        legs, settings = legs_of(drawn), judge_settings(drawn)
        seed = f"{SEED} steps {requests}"
        return released(BASE, settings, legs, partial(world, requests), releases, seed)

    return ended("promote", traffic, courses, releases)


ALL = (
    Attack(
        "fractions, 1.1 against 2.9 slow of 30 in every minute", "promoted in minute 93", always_cut
    ),
    Attack(
        "fractions, 7.5 instead of 5 % of slow answers, 60 requests a minute",
        "10.8 % promoted",
        partial(
            on_ramp,
            Variants(partial(_always, cut), candidate=partial(constant, SLOWER)).world,
            (60,),
            action="promote",
        ),
    ),
    Attack(
        "direct requests, 10 % of the traffic at 60 / 600 a minute, healthy",
        "5.4 / 99 % rolled back",
        partial(on_ramp, partial(direct, 0.1), (60, 600)),
    ),
    Attack(
        "direct requests, as many as the traffic at 2 / 5 a minute, healthy",
        "34 to 86 % rolled back",
        partial(on_ramp, partial(direct, 1.0), (2, 5)),
    ),
    Attack(
        "a dead model at 6,000 / 60,000 a minute",
        "51 / 509 bad requests",
        partial(cost, Variants(BY_RATE, candidate=partial(constant, DEAD)).world, (6000, 60_000)),
    ),
    Attack(
        "traffic x100 with 20 % errors from minute 40 on, 60 / 600 a minute before",
        "3,450 / 59,000 bad requests",
        partial(cost, surging, (60, 600)),
    ),
    Attack(
        "the candidate's data four minutes late, dead at 5 % of 600",
        "never found in an hour",
        heard_late,
    ),
    Attack(
        "zero errors are not published, healthy, 600 / 6,000 a minute",
        "1.6 / 66.8 % rolled back",
        partial(on_ramp, unpublished, (600, 6000), settings=UNPUBLISHED),
    ),
    Attack(
        "the same, 60 / 600 a minute",
        "100 / 91 % not proven",
        partial(on_ramp, unpublished, (60, 600), action="inconclusive", settings=UNPUBLISHED),
    ),
    *(
        Attack(
            f"noise that lasts, sd {sd:g}, 600 / 6,000 / 60,000 a minute",
            f"{before} % rolled back",
            partial(taught, partial(Wandering, sd), (600, 6000, 60_000)),
        )
        for sd, before in ((0.1, "0 / 1.4 / 6 to 8"), (0.2, "4.4 / 13 / 36 to 39"))
    ),
    Attack(
        "noise in each variant, sd 0.5, 600 / 6,000 / 60,000 a minute",
        "2.4 / 12.2 / 28.4 % rolled back",
        partial(taught, partial(noisy, 0.5, both=True), (600, 6000, 60_000)),
    ),
    Attack(
        "2 attempts on one variant, 600 / 6,000 a minute",
        "4.2 to 4.3 % rolled back",
        partial(on_ramp, Variants(partial(sticky, 2)).world, (600, 6000)),
    ),
    Attack(
        "cold for 8 minutes, 60 / 600 / 6,000 a minute",
        "0 / 4.2 / 20.2 % rolled back",
        partial(on_ramp, Variants(partial(_always, cold)).world, (60, 600, 6000)),
    ),
    Attack(
        "a novelty of 2 points that fades over 20 minutes, 6,000 a minute",
        "5.6 % rolled back",
        partial(on_ramp, Variants(BY_RATE, candidate=novel).world, (6000,)),
    ),
    Attack(
        "2 instead of 0.1 % of errors from minute 42 on, 600 / 6,000 a minute",
        "11.2 / 6.7 % promoted, 7.7 / 4.9 % with the failure",
        partial(began_late, 0, (600, 6000)),
    ),
    Attack("the same, 5 % held back", "no holdback", partial(began_late, 5, (600, 6000))),
    *(
        Attack(
            f"healthy with {100 * rate:g} % of errors on both, 600 / 6,000 a minute",
            f"{before} % not proven",
            partial(
                on_ramp,
                Variants(BY_RATE, {**BASE, "errors": rate}).world,
                (600, 6000),
                action="inconclusive",
            ),
        )
        for rate, before in ((0.05, "56 to 58 / 7 to 8"), (0.1, "88 to 89 / 50"))
    ),
    Attack(
        "1 against 3 errors in 100,000, at 600,000 a minute",
        "100 % rolled back",
        partial(
            on_ramp,
            Variants(BY_RATE, NEXT_TO_NOTHING, partial(constant, TRIPLED)).world,
            (600_000,),
        ),
    ),
    Attack(
        "0.7 instead of 0.1 % of errors, steps 5, 25, 50, 60 a minute",
        "21 % promoted",
        partial(by_steps, {**BASE, "errors": 0.007}, (60,)),
    ),
    Attack(
        "7.5 instead of 5 % of slow answers, steps 5, 25, 50, 60 a minute",
        "49 % promoted",
        partial(by_steps, SLOWER, (60,)),
    ),
)
"""In the order of the check."""


def row(attack: Attack, releases: int) -> Cells:
    return (attack.what, attack.before, attack.now(releases))


TABLE = Table(
    "How the attacks end", ("attack", "before", "now"), [partial(row, attack) for attack in ALL]
)
