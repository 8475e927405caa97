"""Signals that consist of parts: one mean of e-values, and the sentence names the part."""

import json
import math
import random
import statistics
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from itertools import product

import pytest

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import Counts, Minute, added
from penstock.domain.judging.decision import next_move, proven
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import Cap, JudgeSettings
from penstock.domain.judging.parts import parts, shared_money, stratum
from penstock_cli.binomial import binomial
from tests.unit.judging.evidence_states import carried, document_of

SETTINGS = JudgeSettings()
ROUTES = [stratum("checkout", "Route", f"/{k}") for k in range(10)]


def after(metrics: list[str], *minutes: Mapping[str, Counts], weight: float = 0.5) -> EvidenceState:
    state = begun(metrics, SETTINGS)
    for number, counts in enumerate(minutes):
        state = judged(state, Minute(number, weight, counts), SETTINGS)
    return state


def in_all(strata: Mapping[str, Counts]) -> dict[str, Counts]:
    return {"checkout": reduce(added, strata.values()), **strata}


def test_every_signal_has_the_same_money_and_half_of_it_is_on_the_signal_as_a_whole() -> None:
    money = shared_money(["errors", "checkout", *ROUTES])
    share = {name: each / len(money) for name, each in money.items()}
    assert share["errors"] == pytest.approx(1 / 2)
    assert share["checkout"] == pytest.approx(1 / 4)
    assert [share[name] for name in ROUTES] == pytest.approx([1 / 40] * 10)


@pytest.mark.parametrize("names", [["errors"], ["errors", "latency", "checkout"]])
def test_signals_without_parts_have_a_money_of_one_each(names: list[str]) -> None:
    assert shared_money(names) == dict.fromkeys(names, 1.0)


def test_the_evidence_is_the_weighted_mean_of_that_of_its_parts() -> None:
    two = ROUTES[:2]
    counts = {two[0]: Counts(50, 1, 50, 9), two[1]: Counts(50, 2, 50, 1)}
    state = after(
        ["errors", "checkout", *two], {"errors": Counts(100, 3, 100, 3), **in_all(counts)}
    )
    alone = {name: math.exp(log_e) for name, log_e in state.alone().items()}
    checkout = alone["checkout"] / 2 + (alone[two[0]] + alone[two[1]]) / 4
    assert math.exp(state.log_e()) == pytest.approx((alone["errors"] + checkout) / 2)
    single = after([two[0]], {two[0]: counts[two[0]]})
    assert alone[two[0]] == pytest.approx(math.exp(single.log_e()))


@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.1, 0.4), (0.5, 0.05), (0.9, 0.6)])
def test_no_harmless_minute_makes_the_mean_richer(rates: tuple[float, float]) -> None:
    """Every outcome of two routes, of which each has the same rate on both variants."""
    settings = replace(
        SETTINGS, thin=0.0, rho=1.0, cap=Cap(nats=1e9, slope=0.0), stake=lambda _: 1.0
    )
    sizes, before = ((4, 2), (2, 1)), begun(["checkout", *ROUTES[:2]], settings)
    mean = 0.0
    for bad in product(*(range(n + 1) for pair in sizes for n in pair)):
        strata = {
            ROUTES[k]: Counts(sizes[k][0], bad[2 * k], sizes[k][1], bad[2 * k + 1]) for k in (0, 1)
        }
        chance = math.prod(
            math.comb(n, x) * rates[k] ** x * (1 - rates[k]) ** (n - x)
            for k in (0, 1)
            for n, x in zip(sizes[k], bad[2 * k : 2 * k + 2], strict=True)
        )
        state = judged(before, Minute(0, 1 / 3, in_all(strata)), settings)
        mean += chance * math.exp(state.log_e())
    assert mean <= 1 + 1e-12


def minutes_of(failing: float, base: float, chance: random.Random) -> dict[str, Counts]:
    """1,200 requests over ten routes, of which the candidate serves a quarter."""
    strata = {}
    for k, name in enumerate(ROUTES):
        candidate = binomial(120, 0.25, chance)
        live, rate = 120 - candidate, base + (failing if k == 3 else 0.0)
        bad = binomial(live, base, chance), binomial(candidate, rate, chance)
        strata[name] = Counts(live, bad[0], candidate, bad[1])
    return in_all(strata)


def found(metrics: list[str], failing: float, seed: int) -> tuple[int, str]:
    """The minute in which it is rolled back, and what is told of it."""
    chance, state = random.Random(seed), begun(metrics, SETTINGS)  # noqa: S311 - a simulation
    for number in range(600):
        shown = minutes_of(failing, 0.005, chance)
        minute = Minute(number, 0.25, {name: shown[name] for name in metrics})
        state = judged(state, minute, SETTINGS)
        if state.log_e() > -math.log(SETTINGS.alpha):
            return number + 1, findings(state, SETTINGS)
    return 600, findings(state, SETTINGS)


def test_a_failure_of_one_route_is_found_in_a_third_of_the_time_and_named() -> None:
    """2 % of the requests of one route in ten, where 0.5 % fail anyway."""
    apart = [found(["checkout", *ROUTES], 0.02, seed) for seed in range(15)]
    together = [found(["checkout"], 0.02, seed)[0] for seed in range(15)]
    minutes = statistics.median(minute for minute, _ in apart)
    assert minutes <= statistics.median(together) / 3
    assert all("; of Route /3: candidate " in says for _, says in apart)


def test_a_stratum_is_named_only_where_it_speaks_against_the_candidate() -> None:
    """At most one of each signal: the one that speaks loudest."""
    bad, calm = Counts(30, 0, 30, 9), Counts(300, 1, 300, 1)
    worse = {ROUTES[0]: bad, ROUTES[1]: bad._replace(candidate_bad=6), ROUTES[2]: calm}
    says = findings(after(["checkout", *worse], in_all(worse)), SETTINGS)
    assert says.startswith(
        "candidate 16 bad by checkout in 360 requests, live 1 in 360; "
        "of Route /0: candidate 9 bad by checkout in 30 requests, live 0 in 30; evidence "
    )
    assert says.count("Route") == 1
    fine = dict.fromkeys(worse, calm)
    assert "Route" not in findings(after(["checkout", *worse], in_all(fine)), SETTINGS)


def test_only_the_whole_signal_has_to_be_proven() -> None:
    """Ten routes of which some are hardly ever asked for would never be."""
    strata = dict.fromkeys(ROUTES[:3], Counts(0, 0, 0, 0)) | {ROUTES[3]: Counts(600, 0, 600, 0)}
    state = after(["checkout", *strata], *[in_all(strata)] * 20)
    assert list(state.bounded) == ["checkout"]
    assert proven(state, SETTINGS, 0.5)
    assert next_move(state, SETTINGS, 0.5, 20).action == "promote"


def test_the_ramp_goes_on_while_a_stratum_is_silent() -> None:
    strata = {ROUTES[0]: Counts(0, 0, 0, 0), ROUTES[1]: Counts(540, 0, 60, 0)}
    state = after(["checkout", *strata], in_all(strata), weight=0.1)
    assert next_move(state, SETTINGS, 0.1, 1).action == "raise"


def test_people_are_told_the_figures_of_every_part() -> None:
    counts = {ROUTES[0]: Counts(50, 1, 50, 9)}
    state = after(["checkout", *counts], in_all(counts))
    whole, part = HarmEvidence(state, SETTINGS).finding().signals
    assert (whole.name, part.name) == ("checkout", ROUTES[0])
    assert part.harm_at_most is None
    assert whole.harm_at_most is not None
    assert part.log_e == pytest.approx(whole.log_e), "each by itself: they saw the same"


def test_the_state_of_a_stratum_is_small_and_travels_as_json() -> None:
    rich = {name: Counts(1234.5, 12.25, 345.75, 17.125) for name in ROUTES}
    state = after(["checkout", *ROUTES], *[in_all(rich)] * 9)
    again = carried(state)
    assert again.fits(SETTINGS)
    assert not again.fits(replace(SETTINGS, bets=(2.0,), shares=(1.0,)))
    strata = [row for row in document_of(state)["metrics"] if row[0].startswith("[")]
    assert len(strata) == len(ROUTES)
    assert max(len(json.dumps(row)) for row in strata) < 160


def test_a_name_says_what_it_is_a_part_of() -> None:
    known = parts([stratum("checkout", "Route", "/a[b]=c"), "checkout", "errors"])
    part, whole, errors = known.values()
    assert (part.signal, part.stratum, part.bounded) == ("checkout", "Route /a[b]=c", False)
    assert (whole.signal, whole.bounded) == ("checkout", True)
    assert (errors.signal, errors.weight) == ("errors", 1.0)
