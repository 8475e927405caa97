"""The test against harm and its bound: known values, exact guarantees, no count that breaks it."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence import bet, gains, split_counts
from penstock.domain.judging.evidence_state import EvidenceState, MetricState, begun, judged
from penstock.domain.judging.judge_settings import (
    REFERENCE,
    Cap,
    FirstThen,
    JudgeSettings,
    Limit,
)
from penstock.domain.judging.ramp import next_requests
from penstock.domain.judging.wealth import first_money
from tests.unit.judging.evidence_states import (
    HEALTHY,
    REGRESSION,
    carried,
    document_of,
    state_of,
)

SETTINGS = REFERENCE
UNCAPPED = replace(REFERENCE, cap=Cap(math.inf))
ALL_AT_ONCE = FirstThen(first=1.0, later=0.0)
FULL = 300  # bytes


def errors_of(
    minutes: Sequence[tuple[float, ...]],
    settings: JudgeSettings = SETTINGS,
    weight: float | None = 0.05,
) -> MetricState:
    return state_of(minutes, settings, weight=weight).metrics["errors"]


@pytest.mark.parametrize(
    ("minutes", "settings", "log_e", "harm", "requests"),
    [
        pytest.param(
            REGRESSION[:1], UNCAPPED, 4.354678560831, 11.6870127748, 51.339039, id="no-cap"
        ),
        pytest.param(
            [(570, 0, 30, 0), (565, 1, 31, 0), (580, 0, 28, 0)],
            *(SETTINGS, -0.118236070216, 4.6457102653, 178.0),
            id="healthy",
        ),
        pytest.param(
            REGRESSION, SETTINGS, 10.442370866386, 27.1170133361, 90.717955, id="regression"
        ),
        pytest.param(
            [(570, 57, 30, 3), (571, 60, 29, 2), (566, 55, 33, 4)],
            *(SETTINGS, -0.574860946536, 12.9750350599, 141.810792),
            id="incident-in-both",
        ),
    ],
)
def test_evidence_harm_and_ramp_have_the_values_of_two_independent_computations(
    minutes: list[tuple[float, ...]],
    settings: JudgeSettings,
    log_e: float,
    harm: float,
    requests: float,
) -> None:
    metric = errors_of(minutes, settings)
    assert metric.log_e() == pytest.approx(log_e, abs=1e-11)
    assert metric.harm_at_most(settings) == pytest.approx(harm, abs=1e-9)
    assert next_requests(metric, settings.limit("errors"), settings) == pytest.approx(
        requests, abs=1e-6
    )


def test_each_bet_pays_what_its_likelihood_ratio_says() -> None:
    known = [0.6150752777, 1.108413307, 1.8663160752, 3.5508182542, 5.3058450126, 6.5226879037]
    assert gains(Counts(570, 1, 30, 3), UNCAPPED) == pytest.approx(known, abs=1e-9)


def binomial(n: int, p: float) -> Iterator[tuple[int, float]]:
    return ((x, math.comb(n, x) * p**x * (1 - p) ** (n - x)) for x in range(n + 1))


def mean_e(
    live: int,
    candidate: int,
    p_live: float,
    p_candidate: float,
    settings: JudgeSettings,
    slack: float = 0,
) -> float:
    """E[e] of a single bet over every outcome of the minute."""
    return math.fsum(
        chance * other * math.exp(gains(Counts(live, xb, candidate, xc), settings, slack)[0])
        for (xb, chance), (xc, other) in product(
            binomial(live, p_live), binomial(candidate, p_candidate)
        )
    )


@pytest.mark.parametrize(
    ("sizes", "rates", "ratio", "rho", "slack", "known"),
    [
        ((40, 8), (0.1, 0.1), 3, 1, 0, 0.93197617),
        ((40, 8), (0.1, 0.11), 3, 1.1, 0, 0.92412097),
        ((30, 30), (0.5, 0.5), 2, 1, 0, 0.4295031),
        ((60, 5), (0.01, 0.0121), 16, 1.1, 0.001, 0.98625361),
        ((20, 20), (0.9, 0.9), 6, 1, 0, 2.338e-05),
    ],
)
def test_the_mean_of_one_minutes_evidence_is_known_exactly(
    sizes: tuple[int, int],
    rates: tuple[float, float],
    ratio: float,
    rho: float,
    slack: float,
    known: float,
) -> None:
    settings = replace(UNCAPPED, bets=(ratio,), rho=rho)
    assert mean_e(*sizes, *rates, settings, slack) == pytest.approx(known, abs=6e-9)


@pytest.mark.parametrize(
    ("counts", "nats"),
    [
        pytest.param(Counts(570, 1, 30, 0), 3.0, id="nothing-bad"),
        pytest.param(Counts(570, 5, 30, 1), 3.0, id="a-ratio-that-noise-has"),
        pytest.param(Counts(50, 0, 10, 10), 4 * (math.log(50) - 1), id="total-failure"),
    ],
)
def test_one_minute_counts_for_more_the_less_noise_explains_it(counts: Counts, nats: float) -> None:
    assert Cap()(counts) == pytest.approx(nats)


def test_a_total_failure_is_seen_in_one_minute_and_a_small_difference_never_is() -> None:
    dead = state_of([(50, 0, 10, 10)], JudgeSettings(), weight=1 / 6, metrics=["errors"])
    assert dead.log_e() > math.log(1 / SETTINGS.alpha)
    twice = state_of([(57_000, 2850, 3000, 300)], JudgeSettings(), metrics=["errors"])
    assert twice.log_e() < 3


def test_as_much_is_staked_on_a_late_start_as_its_lateness_allows() -> None:
    cash, placed = 1.0, []
    for minute in range(99):
        placed.append(cash * JudgeSettings().stake(minute))
        cash -= placed[-1]
    assert placed[0] == pytest.approx(1 / 3)
    assert placed[98] == pytest.approx(2 / (100 * 101))


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (12, 4), (4, 12), (25, 3), (9, 9)])
@pytest.mark.parametrize("rate", [1e-6, 0.001, 0.03, 0.2, 0.6, 0.9])
def test_no_harmless_minute_makes_the_bettor_richer_on_average(
    sizes: tuple[int, int], rate: float
) -> None:
    for s, rho, slack in product(SETTINGS.bets, (1, 1.1, 1.5), (0, 0.01)):
        settings = replace(UNCAPPED, bets=(s,), rho=rho)
        worst = min(1.0, rho * (rate + slack))
        assert mean_e(*sizes, rate, worst, settings, slack) <= 1 + 1e-12


@pytest.mark.parametrize("rate", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("weight", [0.05, 0.5, 0.8])
def test_a_thin_minute_split_as_expected_makes_nobody_richer_either(
    rate: float, weight: float
) -> None:
    total = 6
    for s in SETTINGS.bets:
        settings = replace(UNCAPPED, bets=(s,), shares=(1.0,), rho=1.0, stake=ALL_AT_ONCE)
        mean = math.fsum(
            chance * math.exp(one_bet(Counts(total - nc, xb, nc, xc), weight, settings)) * a * b
            for nc, chance in binomial(total, weight)
            for (xb, a), (xc, b) in product(binomial(total - nc, rate), binomial(nc, rate))
        )
        assert mean <= 1 + 1e-12


def one_bet(counts: Counts, weight: float, settings: JudgeSettings) -> float:
    return bet(first_money(1), split_counts(counts, weight, settings), settings).log_e()


def test_a_dead_model_is_seen_where_minutes_hold_two_requests() -> None:
    dead = [(1, 0, 1, 1), (2, 0, 0, 0), (0, 0, 2, 2)] * 5
    assert errors_of(dead, weight=0.5).log_e() > math.log(1 / SETTINGS.alpha)


@pytest.mark.parametrize("minute", [(15, 0, 15, 15), (570, 0, 30, 15), (54_000, 9, 6000, 999)])
def test_a_minute_in_which_the_weight_moved_says_nothing(minute: tuple[float, ...]) -> None:
    """Live's rate may have changed within it, too: then the averages differ for no fault."""
    before = state_of([HEALTHY] * 3, SETTINGS)
    moved = judged(before, Minute(3, None, {"errors": Counts(*minute)}), SETTINGS)
    was, now = before.metrics["errors"], moved.metrics["errors"]
    assert (now.wealth, now.harm, now.seen) == (was.wealth, was.harm, was.seen)
    assert (moved.step, moved.steady, moved.routing) == (before.step, before.steady, before.routing)
    traffic = minute[0] + minute[2]
    assert now.requests_per_minute() == pytest.approx(600 + (traffic - 600) / 4)


def test_a_regression_that_starts_late_is_seen_nearly_as_soon() -> None:
    healthy = [HEALTHY] * 60
    late = errors_of([*healthy, *REGRESSION, *REGRESSION])
    assert late.log_e() > math.log(1 / SETTINGS.alpha)


def test_without_requests_on_both_sides_there_is_no_evidence() -> None:
    for minute in [(0, 0, 0, 0), (500, 500, 0, 0), (0, 0, 500, 500)]:
        metric = errors_of([minute] * 9, weight=0.0)
        assert metric.log_e() == pytest.approx(0, abs=1e-12)
        assert metric.harm.candidate == 0


COUNT = st.one_of(
    st.integers(0, 10**9),
    st.integers(0, 50),
    st.floats(0, 1e9, allow_subnormal=True),
)
MEASURED = st.one_of(st.integers(0, 10**9), st.floats(1e-3, 1e9))


@st.composite
def counts(draw: st.DrawFn, count: st.SearchStrategy[float] = COUNT) -> Counts:
    live, candidate = draw(count), draw(count)
    shares = st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1))
    return Counts(live, live * draw(shares), candidate, candidate * draw(shares))


WEIGHTS = st.one_of(st.none(), st.just(0.0), st.just(1.0), st.floats(0, 1))
MINUTES = st.lists(st.tuples(WEIGHTS, counts(), counts()), min_size=1, max_size=6)
METHODS = st.sampled_from(
    [
        SETTINGS,
        UNCAPPED,
        JudgeSettings(),
        JudgeSettings(phi=3, limits={"errors": Limit(1, 0.1, slack=0.01)}),
        JudgeSettings(stake=ALL_AT_ONCE),
    ]
)


def both_of(
    minutes: Sequence[tuple[float | None, Counts, Counts]], settings: JudgeSettings
) -> EvidenceState:
    state = begun(["errors", "latency"], settings)
    for number, (weight, errors, slow) in enumerate(minutes):
        both = {"errors": errors, "latency": slow}
        state = judged(state, Minute(number, weight, both), settings)
    return state


@given(MINUTES, METHODS)
@example([(0.5, Counts(5e-324, 5e-324, 1e9, 1e9), Counts(1e9, 1e9, 5e-324, 0.0))], SETTINGS)
def test_no_possible_counts_break_it(
    minutes: list[tuple[float | None, Counts, Counts]], settings: JudgeSettings
) -> None:
    state = both_of(minutes, settings)
    figures = [state.log_e()]
    for name, metric in state.metrics.items():
        figures += [metric.log_e(), metric.harm_at_most(settings)]
        assert metric.harm_at_most(settings) <= metric.harm.candidate
        assert next_requests(metric, settings.limit(name), settings) > 0
    assert all(math.isfinite(figure) for figure in figures)


@given(st.lists(counts(MEASURED), max_size=6), METHODS)
def test_the_state_is_small(found: list[Counts], settings: JudgeSettings) -> None:
    metrics = document_of(state_of(found, settings))["metrics"]
    assert len(json.dumps(metrics)) < FULL


@given(MINUTES, METHODS)
def test_whatever_was_counted_the_state_is_carried_and_then_stays_as_it_is(
    minutes: list[tuple[float | None, Counts, Counts]], settings: JudgeSettings
) -> None:
    state = both_of(minutes, settings)
    once = carried(state)
    assert once.log_e() <= state.log_e()
    assert carried(once) == once


@given(MINUTES)
def test_a_minute_fed_twice_changes_nothing(
    minutes: list[tuple[float | None, Counts, Counts]],
) -> None:
    state = both_of(minutes, SETTINGS)
    for number, (weight, errors, slow) in enumerate(minutes):
        again = Minute(number, weight, {"errors": errors, "latency": slow})
        assert judged(state, again, SETTINGS) is state


@given(st.lists(counts(), min_size=3, max_size=3))
def test_the_order_of_metrics_is_irrelevant(found: list[Counts]) -> None:
    named = list(zip("abc", found, strict=True))
    evidence = {
        judged(begun(dict(order), SETTINGS), Minute(0, 0.1, dict(order)), SETTINGS).log_e()
        for order in permutations(named)
    }
    assert len(evidence) == 1


@pytest.mark.parametrize(
    ("weight", "found", "complaint"),
    [
        (0.5, (-1, 0, 1, 0), "minute 7: errors.live: -1 is not a number of requests"),
        (0.5, (1, math.nan, 1, 0), "errors.live_bad: nan is not"),
        (0.5, (1, 0, math.inf, 0), "errors.candidate: inf is not"),
        (0.5, (1, 0, 2, -0.5), "errors.candidate_bad: -0.5 is not"),
        (0.5, (1, 2, 1, 0), "errors.live_bad: 2 bad of 1 requests"),
        (0.5, (1, 0, 1, 1.5), "errors.candidate_bad: 1.5 bad of 1 requests"),
        (1.01, (1, 0, 1, 0), "weight: 1.01 is not within 0 and 1"),
        (math.nan, (1, 0, 1, 0), "weight: nan is not within 0 and 1"),
    ],
)
def test_counts_that_cannot_have_been_are_refused_by_name(
    weight: float, found: tuple[float, ...], complaint: str
) -> None:
    with pytest.raises(Refused) as refused:
        judged(begun(["errors"], SETTINGS), Minute(7, weight, {"errors": Counts(*found)}), SETTINGS)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("given_metrics", "complaint"),
    [
        (["errors"], "minute 0: metrics: latency is missing"),
        (["errors", "latency", "bias"], "minute 0: metrics: bias was not judged before"),
    ],
)
def test_a_minute_with_other_metrics_is_refused(given_metrics: list[str], complaint: str) -> None:
    minute = Minute(0, 0.5, dict.fromkeys(given_metrics, Counts(1, 0, 1, 0)))
    with pytest.raises(Refused, match=complaint):
        judged(begun(["errors", "latency"], SETTINGS), minute, SETTINGS)
