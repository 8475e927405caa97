"""The test of a goal: its bets are fair whatever the rate is, and its state is what was seen."""

import itertools
import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.goal.many import Many, Seen
from penstock.domain.errors import Refused
from penstock.domain.judging.goal.aim import BETS, Aim
from penstock.domain.judging.goal.carried import carried_trial, restored_trial
from penstock.domain.judging.goal.expected import NOTHING_EXPECTED, Expected
from penstock.domain.judging.goal.outcomes import GoalMinute, GoalOutcomes, widest_spread
from penstock.domain.judging.goal.trial import BEGUN, THIN, Mean, Trial, trial_after
from tests.unit.judging.goal.experiments import (
    AIM,
    after_all,
    binomial_chance,
    histories,
    minute,
    swapped,
)

EXPECTED = (NOTHING_EXPECTED, Expected(1000, 50, 50), Expected(1000, 1, 1), Expected(500, 400, 400))
"""What is believed of the rate beforehand may be wrong."""
RATES = ((0.0, 0.0), (0.02, 0.02), (0.5, 0.5), (1.0, 1.0), (0.1, 0.15), (0.6, 0.2))
"""Live's rate and the candidate's."""
AIMS = (Aim(0.01), Aim(0.2), Aim(0.9))


def worths(trial: Trial, effect: float) -> list[float]:
    """Every bet, divided by what an effect brings it: their means are at most 1."""
    return [
        math.exp(log - sign * k * trial.weight * effect)
        for sign, bets in ((1, trial.higher), (-1, trial.lower))
        for k, log in zip(BETS, bets, strict=True)
    ]


def means(weighted: Sequence[tuple[float, list[float]]]) -> list[float]:
    return [
        math.fsum(chance * each[bet] for chance, each in weighted) for bet in range(2 * len(BETS))
    ]


@pytest.mark.parametrize("expected", EXPECTED)
@pytest.mark.parametrize(("live", "candidate"), RATES)
@pytest.mark.parametrize("aim", AIMS)
def test_every_bet_is_fair_on_the_split_that_happened(
    aim: Aim, live: float, candidate: float, expected: Expected
) -> None:
    """Exact, over all outcomes of 24 and 8 requests."""
    counts, found = (24, 8), []
    for x, y in itertools.product(*(range(count + 1) for count in counts)):
        chance = binomial_chance(24, x, live) * binomial_chance(8, y, candidate)
        trial = trial_after(BEGUN._replace(expected=expected), minute(0, (24, x), (8, y)), aim)
        found.append((chance, worths(trial, candidate - live)))
    assert sum(counts) >= THIN
    assert max(means(found)) <= 1 + 1e-12


@pytest.mark.parametrize("expected", EXPECTED)
@pytest.mark.parametrize(("live", "candidate"), RATES)
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_every_bet_is_fair_in_a_thin_minute_over_how_it_is_routed(
    share: float, live: float, candidate: float, expected: Expected
) -> None:
    """Exact, over all ways that five requests are routed and turn out."""
    requests, found = 5, []
    for routed in range(requests + 1):
        rest = requests - routed
        for x, y in itertools.product(range(rest + 1), range(routed + 1)):
            chance = (
                binomial_chance(requests, routed, share)
                * binomial_chance(rest, x, live)
                * binomial_chance(routed, y, candidate)
            )
            trial = trial_after(
                BEGUN._replace(expected=expected),
                minute(0, (rest, x), (routed, y), share),
                Aim(0.1),
            )
            found.append((chance, worths(trial, candidate - live)))
    assert math.fsum(chance for chance, _ in found) == pytest.approx(1)
    assert max(means(found)) <= 1 + 1e-12


@pytest.mark.parametrize("expected", EXPECTED)
def test_requests_of_a_minute_may_differ_from_each_other(expected: Expected) -> None:
    """Half of each variant's requests have a rate of 90 %, the others of 2 %."""
    found = []
    for x, much, y, more in itertools.product(range(9), repeat=4):
        chance = math.prod(
            binomial_chance(8, high, rate)
            for high, rate in ((x, 0.02), (much, 0.9), (y, 0.02), (more, 0.9))
        )
        trial = trial_after(
            BEGUN._replace(expected=expected), minute(0, (16, x + much), (16, y + more)), AIM
        )
        found.append((chance, worths(trial, 0.0)))
    assert max(means(found)) <= 1 + 1e-12


def test_known_values() -> None:
    """By hand: u = 0.01 / 0.0475, stakes k u / 2 on either side of m = 0.05."""
    expected = Expected(99_999, 4_999.5, 4_999.5)
    unit, centre = 0.01 / (0.05 * 0.95), 0.05
    trial = trial_after(BEGUN._replace(expected=expected), minute(7, (100, 4), (100, 9)), AIM)
    for k, log in zip(BETS, trial.higher, strict=True):
        bet = k * unit / 2
        paid = (
            9 * math.log(1 + bet * (1 - centre))
            + 91 * math.log(1 - bet * centre)
            + 4 * math.log(1 - bet * (1 - centre))
            + 96 * math.log(1 + bet * centre)
        )
        assert log == pytest.approx(paid, rel=1e-9)
    assert trial.weight == pytest.approx(50 * unit, rel=1e-9)
    assert trial.gained / trial.weight == pytest.approx(0.05)
    assert (trial.live.value, trial.candidate.value) == pytest.approx((0.04, 0.09))
    assert (trial.first, trial.last, trial.seen) == (7, 7, (100, 100))


@given(histories())
def test_the_sides_are_alike(minutes: list[GoalMinute]) -> None:
    one, other = after_all(minutes), after_all(swapped(minutes))
    assert other.higher == pytest.approx(one.lower)
    assert other.lower == pytest.approx(one.higher)
    assert other.gained == pytest.approx(-one.gained)


@given(histories(), st.sampled_from([(0.0, 0.0), (150.0, 9.0)]))
def test_a_minute_that_compares_nothing_leaves_the_evidence_as_it_was(
    minutes: list[GoalMinute], alone: tuple[float, float]
) -> None:
    trial = after_all(minutes)
    for share, seen in ((0.5, (0.0, 0.0)), (None, alone)):
        later = trial_after(trial, minute(50, alone, seen, share), AIM)
        first = 50 if trial.first is None else trial.first
        assert later == trial._replace(first=first, last=50)


@given(histories())
def test_a_minute_that_is_not_later_is_ignored(minutes: list[GoalMinute]) -> None:
    trial = after_all(minutes)
    assert after_all(minutes, trial=trial) == trial


@given(histories())
def test_the_carried_state_is_the_state(minutes: list[GoalMinute]) -> None:
    trial = after_all(minutes)
    text = json.dumps(carried_trial(trial))
    assert restored_trial(json.loads(text)) == trial
    assert len(text) <= 600


def test_the_longest_state_fits_the_document() -> None:
    awkward = -1.0000000000000002e-05 / 3
    trial = BEGUN._replace(
        first=10**9,
        last=10**9,
        seen=(awkward, awkward),
        weight=awkward,
        gained=awkward,
        live=Mean(awkward, awkward),
        candidate=Mean(awkward, awkward),
        higher=(awkward,) * len(BETS),
        lower=(awkward,) * len(BETS),
        expected=Expected(awkward, awkward, awkward),
    )
    assert len(json.dumps(carried_trial(trial))) <= 600


@pytest.mark.parametrize("document", [None, {}, [], [1], "x", carried_trial(BEGUN)[:-1]])
def test_what_is_no_state_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="no state of a goal's test"):
        restored_trial(document)


def test_a_state_with_other_bets_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bets in each direction"):
        restored_trial(carried_trial(BEGUN._replace(higher=(0.0,))))


REVENUE = Aim(2.0, bounds=(0.0, 500.0))


@pytest.mark.parametrize(
    ("live", "share", "refusal"),
    [
        (GoalOutcomes(-1, 0), 0.5, "-1 is not a number of outcomes"),
        (GoalOutcomes(math.nan, 0), 0.5, "nan is not a number of outcomes"),
        (GoalOutcomes(10, 11), 0.5, "10 outcomes from 0 to 1 cannot have the sum 11"),
        (GoalOutcomes(10, -1), 0.5, "10 outcomes from 0 to 1 cannot have the sum -1"),
        (GoalOutcomes(10, math.nan), 0.5, "cannot have the sum nan"),
        (GoalOutcomes(10, 5, 0, 2), 0.5, "outcomes from 0 to 2 are not within 0 and 1"),
        (GoalOutcomes(10, 5, 0.8, 0.2), 0.5, "outcomes from 0.8 to 0.2 are not within 0 and 1"),
        (GoalOutcomes(10, 5), 1.5, "share: 1.5 is not within 0 and 1"),
    ],
)
def test_impossible_minutes_are_refused(live: GoalOutcomes, share: float, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        trial_after(BEGUN, GoalMinute(3, share, live, GoalOutcomes(10, 5)), AIM)


@given(st.lists(st.floats(0, 500), min_size=1, max_size=9), st.floats(-0.9, 0.9), st.floats(0, 1))
def test_a_bet_pays_no_more_on_the_widest_spread_than_on_the_outcomes(
    outcomes: list[float], bet: float, centre: float
) -> None:
    """So evidence by Sum, SampleCount, Minimum and Maximum is never more than raw data would be."""
    exact = math.fsum(math.log1p(bet * (y / 500 - centre)) for y in outcomes)
    seen = GoalOutcomes(len(outcomes), math.fsum(outcomes))
    narrow = seen._replace(least=min(outcomes), most=max(outcomes))
    wide_pays, narrow_pays = (widest_spread(o, REVENUE).pays(bet, centre) for o in (seen, narrow))
    assert wide_pays <= narrow_pays + 1e-9
    assert narrow_pays <= exact + 1e-9


def test_a_value_of_one_outcome_is_known_exactly() -> None:
    seen = widest_spread(GoalOutcomes(1, 50, 50, 50), REVENUE)
    assert (seen.total, seen.squares) == pytest.approx((0.1, 0.01))


def test_the_unit_of_a_value_does_not_matter() -> None:
    euros, cents = Aim(2.0, bounds=(10.0, 110.0)), Aim(200.0, bounds=(1000.0, 11_000.0))
    one = trial_after(BEGUN, minute(0, (40, 2000), (40, 2200)), euros)
    other = trial_after(BEGUN, minute(0, (40, 200_000), (40, 220_000)), cents)
    assert other.higher == pytest.approx(one.higher)
    assert other.gained == pytest.approx(one.gained)


def test_the_twin_of_the_benchmark_is_the_deployed_test() -> None:
    chance, aim = np.random.default_rng(48), Aim(0.02)
    twin, trials = Many(aim, 3), [BEGUN] * 3
    for number in range(300):
        requests, share = int(chance.integers(0, 90)), 0.3
        there = chance.binomial(requests, share, 3).astype(float)
        here = requests - there
        x, y = (chance.binomial(each.astype(int), 0.2).astype(float) for each in (here, there))
        twin.minute(share, Seen(here, x), Seen(there, y))
        trials = [
            trial_after(trial, minute(number, (here[k], x[k]), (there[k], y[k]), share), aim)
            for k, trial in enumerate(trials)
        ]
    for k, trial in enumerate(trials):
        assert trial.higher == pytest.approx(tuple(twin.higher[:, k]), abs=1e-9)
        assert trial.lower == pytest.approx(tuple(twin.lower[:, k]), abs=1e-9)
        assert (trial.weight, trial.gained) == pytest.approx((twin.weight[k], twin.gained[k]))
