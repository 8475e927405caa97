"""Strata whose series are published later than the others: their requests are judged all the same.

One look a minute, from the candidate's first requests on.
"""

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.comparison import Comparison, opened
from penstock.domain.judging.counts import NO_REQUESTS, Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.kinds.question import Question, ValuesByMinute
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet, Statistic
from penstock.domain.planning.comparing import compared, metrics
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.signals import CustomSignal

ROUTES = ("/pay", "/search", "/rare")
CHECKOUT = CustomSignal(name="c", namespace="Shop", metric="Failed", by="Route", values=ROUTES)
JUDGE = JudgeSection(signals=(CHECKOUT,))
SIGNALS = compared(JUDGE, Fleet("churn", "churn-7", "live"), PUBLISHED)
SETTINGS = JudgeSettings()
MINUTE = 60_000
LAG = 1
LOOKS = 40

Where = tuple[str, str]
"""Variant and route."""


class Traffic(NamedTuple):
    """Requests and bad ones of each series in a minute; what it is late by, in minutes."""

    minutes: Mapping[int, Mapping[Where, tuple[float, float]]]
    late: Mapping[Where, int]

    def at(self, now: int) -> ValuesByMinute:
        """What is published in the beginning of the minute `now`."""
        found: dict[Statistic, dict[int, float]] = {each: {} for each in question(now).statistics}
        for statistic, values in found.items():
            where = dict(statistic.dimensions)
            series = (where["VariantName"], where["Route"])
            for number, shown in self.minutes.items():
                published = number + 1 + LAG + self.late.get(series, 0) <= now
                if published and shown.get(series, (0, 0))[0]:
                    values[number] = shown[series][statistic.statistic == "Sum"]
        return found

    def of(self, name: str, number: int) -> Counts:
        """What a metric shows of a minute in the end."""
        routes = [route for route in ROUTES if name in ("c", f"c[Route={route}]")]

        def of(variant: str) -> tuple[float, float]:
            shown = [self.minutes[number].get((variant, route), (0, 0)) for route in routes]
            return sum(each[0] for each in shown), sum(each[1] for each in shown)

        return Counts(*of("live"), *of("candidate"))


def question(now: int, first: int = 0) -> Question:
    return Question("churn", "churn-7", "live", "candidate", SIGNALS, first, max(first, now - 2))


def judged(traffic: Traffic, percent: float) -> tuple[Comparison, dict[int, int]]:
    """All minutes after the last look, and the age at which each was judged."""
    found = opened(metrics(JUDGE), SETTINGS, 0, 0).at_share(0, percent)
    ages: dict[int, int] = {}
    for now in range(3, LOOKS):
        asked = question(now, found.next_minute)
        read = asked.readings(traffic.at(now))
        evidence = HarmEvidence(found.state, SETTINGS)
        later = found.with_readings(read, evidence, now * MINUTE, asked.sure_after)
        judged_now = range(found.next_minute, later.next_minute)
        ages |= {number: now - number - 1 for number in judged_now}
        found = later
    return found, ages


def every_minute(shown: Mapping[Where, tuple[float, float]], minutes: int = 30) -> Traffic:
    return Traffic(dict.fromkeys(range(minutes), shown), {})


BUSY = {
    ("live", "/pay"): (100.0, 0.0),
    ("live", "/search"): (100.0, 0.0),
    ("candidate", "/pay"): (5.0, 5.0),
    ("candidate", "/search"): (5.0, 0.0),
}


def test_failures_of_a_route_that_is_published_late_are_judged() -> None:
    """Two looks agree before they are published: at an age of two and of three minutes."""
    traffic = every_minute(BUSY)._replace(late={("candidate", "/pay"): 3})
    found, _ = judged(traffic, 5)
    for name in ("c[Route=/pay]", "c"):
        assert found.state.metrics[name].seen.candidate_bad == 5 * len(found.unkept)
    assert HarmEvidence(found.state, SETTINGS).finding().log_e > 5


def test_a_route_that_is_late_of_both_variants_is_judged() -> None:
    late = {("live", "/pay"): 3, ("candidate", "/pay"): 3}
    found, _ = judged(every_minute(BUSY)._replace(late=late), 5)
    assert found.state.metrics["c[Route=/pay]"].seen.candidate_bad == 5 * len(found.unkept)


def test_a_route_that_is_hardly_ever_asked_for_delays_the_first_minutes_only() -> None:
    """After ten minutes without a request of it none is expected."""
    _, ages = judged(every_minute(BUSY), 5)
    assert {ages[number] for number in range(10)} == {5}
    assert {ages[number] for number in range(12, 30)} == {3}


def test_a_route_in_which_the_share_promises_the_candidate_nothing_delays_nothing() -> None:
    alone = dict.fromkeys(BUSY, (100.0, 0.0)) | {("live", "/rare"): (1.0, 0.0)}
    _, ages = judged(every_minute(alone), 5)
    assert {ages[number] for number in range(30)} == {3}


halves = st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
series = [(variant, route) for variant in ("live", "candidate") for route in ROUTES]


@given(
    minutes=st.lists(st.fixed_dictionaries(dict.fromkeys(series, halves)), min_size=1, max_size=9),
    late=st.fixed_dictionaries(dict.fromkeys(series, st.integers(0, 4 - LAG))),
)
@example(minutes=[BUSY] * 9, late={("candidate", "/pay"): 3})
def test_whatever_is_late_by_up_to_four_minutes_the_final_counts_are_judged(
    minutes: list[dict[Where, tuple[float, float]]], late: dict[Where, int]
) -> None:
    """At half of the traffic each request of one variant promises the other some."""
    traffic = Traffic(dict(enumerate(minutes)), late)
    found, _ = judged(traffic, 50)
    assert {minute.number: minute.counts for minute in found.unkept} == {
        number: {name: traffic.of(name, number) for name in metrics(JUDGE)}
        for number in traffic.minutes
        if traffic.of("c", number) != NO_REQUESTS
    }


def test_bad_minutes_that_are_not_final_hold_the_share_beside_a_route_that_is_gone() -> None:
    """Nothing is expected of it any more, so it makes no minute incomplete."""
    good = dict.fromkeys(BUSY, (100.0, 0.0))
    calm, _ = judged(every_minute(good), 50)
    assert not calm.doubted(HarmEvidence(calm.state, SETTINGS))
    following = calm.next_minute
    bad = good | {("candidate", "/pay"): (100.0, 60.0), ("candidate", "/search"): (100.0, 60.0)}
    traffic = Traffic(dict.fromkeys(range(following, following + 2), bad), {})
    shown = question(following + 4, following).readings(traffic.at(following + 9))
    doubtful = calm.read_up_to(following, tuple(shown))
    assert doubtful.doubted(HarmEvidence(doubtful.state, SETTINGS))
