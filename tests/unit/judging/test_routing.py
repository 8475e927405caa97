"""Requests that somebody sends to the candidate directly, past its share of the routing."""

import math
from itertools import product

import numpy as np
import pytest

from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence import gains, split_counts
from penstock.domain.judging.evidence_state import begun, judged
from penstock.domain.judging.judge_settings import REFERENCE, Cap, JudgeSettings
from penstock.domain.judging.routing import NOTHING_SEEN, ODDS, Routing, explained, routed
from penstock.domain.judging.simulated_release import simulate
from penstock.domain.judging.walk import ramp
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection

SHIPPED = settings_of(JudgeSection())
BASE = 0.05


def binomial(n: int, p: float) -> list[tuple[int, float]]:
    return [(k, math.comb(n, k) * p**k * (1 - p) ** (n - k)) for k in range(n + 1)]


def of(*minutes: tuple[float, float], weight: float = 0.05) -> Routing:
    routing = NOTHING_SEEN
    for live, candidate in minutes:
        routing = routed(routing, Counts(live, 0, candidate, 0), weight)
    return routing


@pytest.mark.parametrize("weight", [0.0001, 0.05, 0.5, 0.95])
@pytest.mark.parametrize("total", [1, 7, 60])
def test_the_mean_of_each_bet_on_direct_requests_is_one(weight: float, total: int) -> None:
    for s in ODDS:
        mean = math.fsum(
            chance * math.exp(nc * math.log(s) - total * math.log1p((s - 1) * weight))
            for nc, chance in binomial(total, weight)
        )
        assert mean == pytest.approx(1)


@pytest.mark.parametrize("weight", [0.05, 0.3])
@pytest.mark.parametrize("rate", [0.01, 0.3, 1.0])
def test_testing_the_expected_split_only_where_it_is_likely_makes_nobody_richer(
    weight: float, rate: float
) -> None:
    """Every outcome of two minutes: the mean of their product is at most 1."""
    total, bet = 4, JudgeSettings(bets=(4.0,), shares=(1.0,), rho=1.0, cap=Cap(math.inf, 0.0))
    outcomes = [
        (Counts(total - nc, xb, nc, xc), chance * a * b)
        for nc, chance in binomial(total, weight)
        for (xb, a), (xc, b) in product(binomial(total - nc, rate), binomial(nc, rate))
    ]
    mean = 0.0
    for (one, first), (two, second) in product(outcomes, outcomes):
        routing, log_e = NOTHING_SEEN, 0.0
        for counts in (one, two):
            routing = routed(routing, counts, weight)
            tested = counts if routing.doubted else split_counts(counts, weight, bet)
            log_e += gains(tested, bet)[0]
        mean += first * second * math.exp(log_e)
    assert mean <= 1 + 1e-12


def test_a_share_explains_what_chance_does_and_not_much_more() -> None:
    usual = 600 * 0.05
    most = usual + 2.33 * math.sqrt(usual * 0.95) + 1
    assert explained(Counts(600 - most + 0.1, 0, most - 0.1, 0), 0.05)
    assert not explained(Counts(600 - most - 0.1, 0, most + 0.1, 0), 0.05)


def test_a_minute_that_the_share_does_not_explain_is_tested_as_it_was() -> None:
    smoke = Counts(90, 4, 30, 2)
    assert split_counts(smoke, 0.01, REFERENCE) == smoke


def test_requests_beyond_the_share_are_told_once_they_are_sure() -> None:
    assert of((570, 30), (565, 35), (575, 25)).direct == 0
    found = of(*[(570, 90)] * 10)
    assert found.doubted
    assert found.direct == pytest.approx(10 * (90 - 0.05 * 660))


def test_what_was_sure_stays_told_after_the_last_direct_request() -> None:
    routing = of(*[(570, 39)] * 60)
    sure = routing.direct
    assert sure == pytest.approx(60 * (39 - 0.05 * 609))
    for _ in range(300):
        routing = routed(routing, Counts(570, 0, 30, 0), 0.05)
    assert routing.direct == pytest.approx(sure)


def test_the_share_is_believed_again_after_a_smoke_test() -> None:
    routing = of((590, 400), weight=0.01)
    assert routing.doubted
    for _ in range(60):
        routing = routed(routing, Counts(594, 0, 6, 0), 0.01)
    assert not routing.doubted


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_where_one_variant_has_all_requests_there_is_no_routing(weight: float) -> None:
    assert of((600, 0), (0, 600), (0, 0), weight=weight) == NOTHING_SEEN


def test_healthy_routing_is_seldom_called_direct() -> None:
    rng = np.random.default_rng(20_261)
    told = 0
    for _ in range(300):
        routing = NOTHING_SEEN
        for _ in range(120):
            total = int(rng.poisson(60))
            nc = int(rng.binomial(total, 0.05))
            routing = routed(routing, Counts(total - nc, 0, nc, 0), 0.05)
            if routing.direct:
                told += 1
                break
    assert told <= 300 * 0.01 + 2.33 * math.sqrt(300 * 0.01)


def rolled_back(
    rate: float, pinned: float, releases: int, *, live: float = BASE, candidate: float = BASE
) -> float:
    """The part of releases that is rolled back, and `pinned` requests a minute name the candidate.

    Both variants fail at the same rate unless told otherwise.
    """
    rng = np.random.default_rng(893_002)

    def serve(weight: float) -> dict[str, Counts]:
        total = int(rng.poisson(rate))
        nc = int(rng.binomial(total, weight))
        nb, nc = total - nc, nc + int(rng.poisson(pinned))
        return {
            "errors": Counts(nb, int(rng.binomial(nb, live)), nc, int(rng.binomial(nc, candidate)))
        }

    settings = SHIPPED
    first = min(0.125, settings.budget / (rate * settings.tau))
    ends = [
        simulate(["errors"], settings, ramp(settings, first), serve).action for _ in range(releases)
    ]
    return ends.count("roll_back") / releases


@pytest.mark.parametrize(
    ("rate", "pinned"), [(600, 12), (600, 60), (60, 6), (60, 60), (5, 5), (2, 2)]
)
def test_a_healthy_candidate_does_not_go_back_for_requests_that_name_it(
    rate: float, pinned: float
) -> None:
    """By the expected split alone 5 to 99 % of them did."""
    assert rolled_back(rate, pinned, 60) <= 0.02


@pytest.mark.parametrize("rate", [2, 60, 600])
def test_a_dead_candidate_goes_back_with_requests_that_name_it_too(rate: float) -> None:
    assert rolled_back(rate, rate / 10, 20, live=0.001, candidate=1.0) == 1


def test_what_is_judged_says_how_many_requests_came_directly() -> None:
    state = begun(["errors"], SHIPPED)
    for number in range(9):
        counts = {"errors": Counts(594, 0, 66, 0)}
        state = judged(state, Minute(number, 0.01, counts), SHIPPED)
    assert state.routing.direct == pytest.approx(9 * (66 - 6.6))
