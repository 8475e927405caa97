"""The state in the document of an execution: few bytes, and what is rounded promises no more."""

import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from penstock.domain.judging.assessment import HarmEvidence, Share
from penstock.domain.judging.carried_state import carried as rounded
from penstock.domain.judging.comparison import Comparison
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.parts import stratum
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.judging.ramp import first_weight
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock_cli.binomial import binomial
from tests.unit.judging.evidence_states import carried, document_of

SETTINGS = settings_of(JudgeSection())
QUARTER = 0.25
MOST_BYTES = 600
"""Of one signal, however many parts it has."""
ROUNDED = 1e-6
"""Of a logarithm, at most, by one look; of a larger number so much of it."""


def minutes(
    requests: int,
    rates: Mapping[str, float],
    times: float = 1.0,
    *,
    cut: bool = False,
    seed: int = 1,
) -> Iterator[Minute]:
    """Minutes at a share of a quarter. The candidate's rates are so many `times` those of live.

    With `cut` a bad request more or less counts in part, as if CloudWatch interpolated.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation

    def bad(of: int, rate: float) -> float:
        whole = binomial(of, min(1.0, rate), chance)
        return min(of, whole + chance.random()) if cut else whole

    number = 29_000_000
    while True:
        candidate = binomial(requests, QUARTER, chance)
        live = requests - candidate
        counts = {
            name: Counts(live, bad(live, rate), candidate, bad(candidate, times * rate))
            for name, rate in rates.items()
        }
        yield Minute(number, QUARTER, counts)
        number += 1


def release(world: Iterator[Minute], most: int = 240) -> Iterator[EvidenceState]:
    """The states of a release that is carried after every minute, until harm is sure."""
    state: EvidenceState | None = None
    for _, minute in zip(range(most), world, strict=False):
        state = carried(judged(state or begun(minute.counts, SETTINGS), minute, SETTINGS))
        yield state
        if state.log_e() > -math.log(SETTINGS.alpha):
            return


ABOVE = {name: quantile.above for name, quantile in QUANTILES.items()}
ERRORS = {"errors": 0.001}


def signal_bytes(state: EvidenceState) -> int:
    """As Lambda writes them."""
    return len(json.dumps(document_of(state)["metrics"]))


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("times", [0.8, 1.0, 1.3, 3.0])
@pytest.mark.parametrize("requests", [2, 600, 6000, 60_000])
def test_six_quantiles_are_one_signal_of_less_than_600_bytes(
    requests: int, times: float, *, cut: bool
) -> None:
    states = release(minutes(requests, ABOVE, times, cut=cut), most=120)
    assert max(map(signal_bytes, states)) < MOST_BYTES


def test_the_six_have_fewer_still_before_the_first_minute() -> None:
    assert signal_bytes(begun(ABOVE, SETTINGS)) < MOST_BYTES


@pytest.mark.parametrize("cut", [False, True])
def test_a_signal_without_parts_has_less_than_200_bytes(*, cut: bool) -> None:
    assert max(map(signal_bytes, release(minutes(60_000, ERRORS, cut=cut)))) < 200


def test_a_day_of_minutes_has_hardly_more() -> None:
    *_, last = release(minutes(600, ABOVE), most=1440)
    assert signal_bytes(last) < MOST_BYTES


def numbers(value: Any) -> Iterator[float]:
    """All that a state consists of, in one row."""
    if isinstance(value, EvidenceState):
        yield from numbers([value.metrics, value.routing, value.last, value.step, value.steady])
    elif isinstance(value, Mapping):
        yield from numbers(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers(each)
    else:
        yield math.nan if value is None else float(value)


NAMES = [
    *("errors", "errors_of_pay", *QUANTILES, "latency", "checkout"),
    *(stratum(signal, "Route", f"/{k}@[b]") for signal in ("checkout", "errors") for k in (1, 2)),
]


def mixed(seed: int, length: int) -> EvidenceState:
    """Of many signals, each with requests of its own, some minutes missing and one share moving."""
    chance = random.Random(seed)  # noqa: S311 - a simulation
    state = begun(NAMES, SETTINGS)
    for number in range(length):
        counts = {}
        for name in NAMES:
            live, candidate = chance.choice([0, 1, 570, 57_000.5]), chance.choice([0, 30, 3e7])
            bad = chance.choice([0, 0.01, chance.random(), 1])
            counts[name] = Counts(live, live * bad, candidate, candidate * chance.random())
        weight = chance.choice([None, 0.05, 0.2905, 0.5])
        state = judged(state, Minute(number, weight, counts), SETTINGS)
    return state


STATES = st.builds(mixed, st.integers(0, 10**6), st.integers(0, 9))


@given(STATES)
def test_what_is_carried_is_rounded_once_and_then_stays_as_it_is(state: EvidenceState) -> None:
    once = carried(state)
    assert list(once.metrics) == list(state.metrics)
    assert once.fits(SETTINGS)
    assert carried(once) == once


@given(STATES)
def test_nothing_but_dropped_bets_is_rounded_by_more_than_a_millionth(state: EvidenceState) -> None:
    kept = {
        name: metric._replace(
            wealth=metric.wealth._replace(
                bets=tuple(
                    before if bet < metric.wealth.cash - 25 else bet
                    for bet, before in zip(
                        metric.wealth.bets, state.metrics[name].wealth.bets, strict=True
                    )
                )
            )
        )
        for name, metric in carried(state).metrics.items()
    }
    found = numbers(replace(carried(state), metrics=kept))
    expected = list(numbers(state))
    assert list(found) == pytest.approx(expected, rel=ROUNDED, abs=ROUNDED, nan_ok=True)


@given(STATES)
def test_evidence_is_never_raised_and_no_bound_is_lowered(state: EvidenceState) -> None:
    after = carried(state)
    assert after.log_e() <= state.log_e()
    for name, metric in state.metrics.items():
        now = after.metrics[name]
        assert now.wealth.cash <= metric.wealth.cash
        assert all(a <= b for a, b in zip(now.wealth.bets, metric.wealth.bets, strict=True))
        assert all(a <= b for a, b in zip(now.harm.stakes, metric.harm.stakes, strict=True))
        assert now.harm.candidate <= metric.harm.candidate


@pytest.mark.parametrize("times", [1.0, 1.1, 1.3, 2.0])
def test_a_release_that_is_carried_from_minute_to_minute_decides_as_one_that_is_not(
    times: float,
) -> None:
    """As `penstock replay` judges it."""
    rates = {**ERRORS, **ABOVE}
    state = begun(rates, SETTINGS)
    weight = first_weight(600, rates, SETTINGS)
    seen = zip(minutes(600, rates, times), release(minutes(600, rates, times)), strict=False)
    for passed, (minute, after) in enumerate(seen):
        state = judged(state, minute, SETTINGS)
        share = Share(100 * weight, passed + 1, chosen=True)
        expected, found = (
            HarmEvidence(each, SETTINGS).assessment(share) for each in (state, after)
        )
        assert found == expected
        assert after.log_e() == pytest.approx(state.log_e(), abs=2e-4)
        weight = (expected.percent or 0.0) / 100
        if expected.advice in ("roll_back", "promote"):
            break


BEFORE = """{"metrics":{"errors":[[2,1.1102230246251565e-16,[-0.9284915461744901,
0.9525169959939976,2.10238489446788,4.312524705194056,7.810807822598018,9.549602832784526]],
[60.0,[-8.240337142357962,-1.3179187081506674,-0.17959984062501613]],[1140,2,60,6],600.0],
"latency@p50":[[2,-1.791759469228055,[-3.6469722430979004,-5.665419791918382,-10.568369891119797]],
[0.0,[]],[1120,561.0,60,30],590.0],
"latency@p95":[[2,-0.18232155679395445,[-1.045509651341741,-1.1192722992288335,-2.4702788958093804,
-5.8645705874008485]],[60.0,[-3.3392029486825625,-0.2957657147135101,-0.031909073973440644]],
[1120,56,60,4],590.0],
"checkout":[[2,-0.6931471805599452,[-2.708204870404494,-1.749659385222052,-2.0809151664961223,
-3.34179350134263,-3.7399813792539405,-5.752260996707771]],
[10.0,[0.07362794624543263,0.019900661706336163,0.0029977522474717863]],[200,2,10,0],105.0],
"checkout[Route=/pay]":[[2,-1.3862943611198904,[-3.40135205096444,-2.4428065657819977,
-2.7740623470560677,-4.034940681902576,-4.433128559813886,-6.445408177267716]],
[0.0,[]],[120,2,6,0],63.0],
"checkout[Route=/buy]":[[2,-1.3862943611198904,[-3.378724525810097,-2.3978952727983707,
-2.6855773452501515,-3.784189633918261,-3.784189633918261,-4.477336814478207]],
[0.0,[]],[80,0,4,0],42.0]},
"last":101,"step":0.05,"steady":2,
"routing":[[2,-0.6931471805599452,[-3.2765958861869597,-11.657321712421446,-120.85756305015573,
-732.276561875122]],0.0,0.0,false]}"""
"""As executions carry it that began before numbers were rounded."""


def test_the_state_of_a_running_execution_is_read_to_the_last_digit() -> None:
    running = f'{{"trial": {BEFORE}, "began": 0, "next_minute": 102}}'
    found = Comparison.model_validate_json(running)
    assert found.state == TypeAdapter(EvidenceState).validate_json(BEFORE)
    assert Comparison.model_validate(json.loads(running)) == found
    errors = found.state.metrics["errors"]
    assert errors.wealth.bets[-1] == 9.549602832784526
    assert document_of(found.state)["metrics"] == [
        [
            *("errors", 2, 6),
            [-0.9284916, 0.9525169, 2.102384, 4.312524, 7.810807, 9.549602],
            [60, -8.240338, -1.317919, -0.1795999],
            [2, -0.6931472, 1140, 60, 600],
        ],
        [
            *("latency@p50", 561, 30),
            [-3.646973, -5.66542, -10.56837],
            [],
            [2, -0.6931472, 1120, 60, 590],
        ],
        [
            *("@p95", 56, 4),
            [-1.04551, -1.119273, -2.470279, -5.864571],
            [60, -3.339203, -0.2957658, -0.03190908],
        ],
        [
            *("checkout", 2, 0),
            [-2.708205, -1.74966, -2.080916, -3.341794, -3.739982, -5.752261],
            [10, 0.07362794, 0.01990066, 0.002997752],
            [2, -0.6931472, 200, 10, 105],
        ],
        [
            *("[Route=/pay]", 2, 0),
            [-3.401353, -2.442807, -2.774063, -4.034941, -4.433129, -6.445409],
            [],
            [2, -0.6931472, 120, 6, 63],
        ],
        [
            *("[Route=/buy]", 0, 0),
            [-3.378725, -2.397896, -2.685578, -3.78419, -3.78419, -4.477337],
            [],
            [2, -0.6931472, 80, 4, 42],
        ],
    ]


@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param([], id="no-metric"),
        pytest.param([["errors", 0, 0, [None]]], id="nothing-to-have-in-common-with"),
        pytest.param([["errors", 0, 0]], id="no-bets"),
        pytest.param([["errors", 0, 0, [None], [], [0, "much", 0, 0, None]]], id="no-numbers"),
        pytest.param([7], id="no-rows"),
    ],
)
def test_rows_that_are_none_are_refused(metrics: list[Any]) -> None:
    with pytest.raises(ValidationError):
        Comparison.model_validate({"trial": {"metrics": metrics}, "began": 0, "next_minute": 0})


def test_what_a_state_has_beside_its_metrics_is_rounded_too() -> None:
    """Numbers by name, for instance, whatever they will be of."""
    found = rounded({"metrics": {}, "by_name": {"errors": [-1 / 3, 2.0, None, True]}}, {})
    assert found == {"metrics": [], "by_name": {"errors": [-0.3333334, 2, None, True]}}
