"""Latency without an objective: candidate and live by live's quantiles of before the release."""

import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import proven
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import Cap, JudgeSettings, Limit
from penstock.domain.judging.parts import shared_money
from penstock.domain.judging.quantiles import (
    QUANTILES,
    TOLERATED,
    known_quantiles,
    quantile_limits,
    quantile_move,
)
from penstock_cli.binomial import binomial

NAMES = list(QUANTILES)
NORMAL = statistics.NormalDist()
SPREAD = 0.5
"""Of the logarithm of latency."""
MEDIAN_MS = 41.0
VALUES_MS = {
    name: MEDIAN_MS * math.exp(SPREAD * NORMAL.inv_cdf(each.percent / 100))
    for name, each in QUANTILES.items()
}
SETTINGS = JudgeSettings(
    limits={
        "errors": Limit(1, 0.005, 0.0005),
        "latency": Limit(1, 0.02, 0.002),
        **quantile_limits(0.02, slack=0.002),
    },
    values_ms=VALUES_MS,
)
Above = Mapping[str, float]
"""Of each quantile of live the share of answers that take longer."""
LIVE: Above = {name: each.above for name, each in QUANTILES.items()}


def slower(factor: float) -> Above:
    """Of the candidate, whose answers are counted above values that are a little larger."""
    return {
        name: 1 - NORMAL.cdf(math.log(TOLERATED * VALUES_MS[name] / MEDIAN_MS / factor) / SPREAD)
        for name in NAMES
    }


BODY: Above = {
    name: slower(1.3)[name] if QUANTILES[name].percent < 95 else LIVE[name] for name in NAMES
}
"""The answers of which nobody complains take 30 % longer, and the tail is as it was."""
TAIL: Above = {**LIVE, "latency@p95": 0.072}


def drawn(requests: int, above: Above, chance: random.Random) -> dict[str, int]:
    """How many take longer than each value: those above a higher one are among them."""
    left, rest, counted = requests, 1.0, {}
    for name in NAMES:
        left, rest = binomial(left, above[name] / rest, chance), above[name]
        counted[name] = left
    return counted


def minute_of(number: int, above: Above, chance: random.Random, share: float = 0.05) -> Minute:
    """600 requests, with errors of one in a thousand on both."""
    candidate = binomial(600, share, chance)
    live = 600 - candidate
    here, there = drawn(live, LIVE, chance), drawn(candidate, above, chance)
    counts = {name: Counts(live, here[name], candidate, there[name]) for name in NAMES}
    failed = binomial(live, 0.001, chance), binomial(candidate, 0.001, chance)
    return Minute(
        number, share, {"errors": Counts(live, failed[0], candidate, failed[1]), **counts}
    )


def found(metrics: list[str], above: Above, seed: int, most: int = 240) -> float:
    """The minute in which a candidate at a share of 5 % is rolled back."""
    chance, state = random.Random(seed), begun(metrics, SETTINGS)  # noqa: S311 - a simulation
    for number in range(most):
        minute = minute_of(number, above, chance)
        shown = {name: minute.counts[name] for name in metrics}
        state = judged(state, minute._replace(counts=shown), SETTINGS)
        if state.log_e() > -math.log(SETTINGS.alpha):
            return number + 1
    return math.inf


def test_a_shift_of_the_body_is_found_in_minutes_and_never_by_an_objective_in_the_tail() -> None:
    assert statistics.median(found(["errors", *NAMES], BODY, seed) for seed in range(25)) <= 9
    assert {found(["errors", "latency@p95"], BODY, seed) for seed in range(5)} == {math.inf}


def test_where_only_an_objective_would_be_crossed_the_quantiles_are_nearly_as_quick() -> None:
    """5 to 7.2 % above the 95 % quantile; an objective there is judged by the usual bets."""

    def by_objective(seed: int) -> float:
        chance = random.Random(seed)  # noqa: S311 - a simulation
        state = begun(["errors", "latency"], SETTINGS)
        for number in range(240):
            counts = minute_of(number, TAIL, chance).counts
            shown = {"errors": counts["errors"], "latency": counts["latency@p95"]}
            state = judged(state, Minute(number, 0.05, shown), SETTINGS)
            if state.log_e() > -math.log(SETTINGS.alpha):
                return number + 1
        return math.inf

    six = statistics.median(found(["errors", *NAMES], TAIL, seed) for seed in range(25))
    assert six <= 1.1 * statistics.median(map(by_objective, range(25)))


def test_a_candidate_as_fast_as_live_is_not_rolled_back() -> None:
    assert {found(["errors", *NAMES], LIVE, seed, 60) for seed in range(20)} == {math.inf}


def outcomes(requests: int, above: list[float]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Answers above each of two values, and the chance of them."""
    beyond, between = above[1], above[0] - above[1]
    for most in range(requests + 1):
        for some in range(requests - most + 1):
            ways = math.comb(requests, most) * math.comb(requests - most, some)
            rest = (1 - above[0]) ** (requests - most - some)
            yield (most + some, most), ways * beyond**most * between**some * rest


@pytest.mark.parametrize("above", [[0.5, 0.05], [0.7, 0.2], [0.3, 0.29], [0.95, 0.6]])
@pytest.mark.parametrize("sizes", [(4, 3), (5, 1), (2, 4)])
def test_no_minute_of_equally_fast_variants_makes_the_mean_richer(
    above: list[float], sizes: tuple[int, int]
) -> None:
    """Every outcome, whatever part of live's answers takes longer now than before."""
    settings = replace(
        SETTINGS, thin=0.0, rho=1.0, cap=Cap(nats=1e9, slope=0.0), stake=lambda _: 1.0
    )
    names = ["latency@p50", "latency@p95"]
    before, mean = begun(names, settings), 0.0
    for (here, a), (there, b) in product(outcomes(sizes[0], above), outcomes(sizes[1], above)):
        counts = {
            name: Counts(sizes[0], here[k], sizes[1], there[k]) for k, name in enumerate(names)
        }
        state = judged(before, Minute(0, 0.5, counts), settings)
        mean += a * b * math.exp(state.log_e())
    assert mean <= 1 + 1e-12


def test_the_quantiles_share_the_money_of_one_signal() -> None:
    money = shared_money(["errors", *NAMES])
    share = {name: each / len(money) for name, each in money.items()}
    assert share["errors"] == pytest.approx(1 / 2)
    assert share["latency@p95"] == pytest.approx(1 / 4)
    assert math.fsum(share.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answers", "known"),
    [(36_000, NAMES), (9_999, NAMES[:5]), (200, NAMES[:4]), (20, NAMES[:1]), (19, [])],
)
def test_a_quantile_is_known_by_ten_answers_above_it(answers: float, known: list[str]) -> None:
    assert list(known_quantiles(answers, VALUES_MS)) == known


def test_a_quantile_without_a_value_is_not_known() -> None:
    assert known_quantiles(1e6, {"latency@p50": 0.0, "latency@p75": 7.0}) == {"latency@p75": 7.0}


def state_after(above: Above, minutes: int = 20, share: float = 0.5) -> EvidenceState:
    """As many slow answers as expected."""
    state = begun(["errors", *NAMES], SETTINGS)
    for number in range(minutes):
        live, candidate = 600 * (1 - share), 600 * share
        counts = {
            name: Counts(live, live * LIVE[name], candidate, candidate * above[name])
            for name in NAMES
        }
        shown = {"errors": Counts(live, 0, candidate, 0), **counts}
        state = judged(state, Minute(number, share, shown), SETTINGS)
    return state


def says(above: Above, settings: JudgeSettings = SETTINGS) -> str:
    return findings(state_after(above), settings)


def test_the_sentence_says_which_quantile_moved() -> None:
    assert says(BODY).startswith(
        "candidate 0 errors in 6,000 requests, live 0 in 6,000; "
        "the median went from 41 to 53.3 ms; evidence "
    )
    assert "; the 95 % quantile went from 93.3 to 102 ms; " in says(TAIL)
    assert "went from" not in says(LIVE)
    assert says(LIVE).endswith(
        "; expected extra errors so far at most 6; "
        "expected extra answers over 93.3 ms so far at most 79; "
        "expected extra answers over 131 ms so far at most 30"
    )


def test_what_is_slower_than_everything_known_is_over_it() -> None:
    assert "went from 41 to over 192 ms" in says(dict.fromkeys(NAMES, 0.9))


def test_a_recording_does_not_know_the_values_and_says_the_shares() -> None:
    assert (
        "; 68.6 % of the candidate's answers took more than 1.02 times live's median of before "
        "the release, and 50 % of live's took longer than it; "
    ) in says(BODY, replace(SETTINGS, values_ms={}))


@pytest.mark.parametrize("factor", [1.1, 1.3, 2.0, 3.0])
@pytest.mark.parametrize("name", ["latency@p50", "latency@p75", "latency@p95"])
def test_a_quantile_is_interpolated_between_the_counts(factor: float, name: str) -> None:
    move = quantile_move(name, counted(slower(factor)), VALUES_MS)
    expected = VALUES_MS[name] * factor
    assert move.live == pytest.approx(VALUES_MS[name])
    if expected < TOLERATED * VALUES_MS["latency@p99.9"]:
        assert move.candidate == pytest.approx(expected, rel=0.06)
    else:
        assert move.candidate is None


def test_what_became_faster_is_told_as_the_least_value_known() -> None:
    move = quantile_move("latency@p50", counted(slower(0.5)), VALUES_MS)
    assert [move.live, move.candidate] == pytest.approx([MEDIAN_MS, TOLERATED * MEDIAN_MS])


def test_quantiles_are_interpolated_whatever_is_counted() -> None:
    """Nothing above some of them, all above all, no answers, equal values."""
    shapes: list[Callable[[str], Counts]] = [
        lambda _: Counts(0, 0, 0, 0),
        lambda _: Counts(5, 5, 5, 5),
        lambda _: Counts(5, 0, 5, 0),
        lambda name: Counts(5, 5, 5, 5) if name == NAMES[0] else Counts(5, 0, 5, 0),
    ]
    for shape, values in product(shapes, (VALUES_MS, dict.fromkeys(NAMES, 7.0))):
        for name in NAMES:
            move = quantile_move(name, {each: shape(each) for each in NAMES}, values)
            told = [ms for ms in move[1:] if ms is not None]
            least, most = min(values.values()), TOLERATED * max(values.values())
            assert all(least <= ms <= most * (1 + 1e-12) for ms in told)


def counted(above: Above) -> dict[str, Counts]:
    return {name: Counts(1e6, 1e6 * LIVE[name], 1e6, 1e6 * above[name]) for name in NAMES}


def test_only_the_95_and_99_percent_quantiles_have_to_be_proven() -> None:
    assert list(state_after(LIVE).bounded) == ["errors", "latency@p95", "latency@p99"]
    assert proven(state_after(LIVE), SETTINGS, 0.5)
    slow = {**LIVE, "latency@p95": 0.05 + 0.019}
    assert not proven(state_after(slow), SETTINGS, 0.5)
    assert SETTINGS.limit("latency@p95") == Limit(0.25, 0.02, 0.002, cold=None)


def test_people_are_told_the_figures_of_every_quantile() -> None:
    seen = {each.name: each for each in HarmEvidence(state_after(BODY), SETTINGS).finding().signals}
    assert list(seen) == ["errors", *NAMES]
    assert seen["latency@p50"].harm_at_most is None
    assert seen["latency@p95"].harm_at_most is not None
    assert seen["latency@p50"].log_e > 5
