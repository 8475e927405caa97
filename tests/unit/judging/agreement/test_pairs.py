"""The bound on how many answers differ: exact, at all looks at once, whatever their order."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.judging.agreement.pairs import Agreement, Pairs, Required, agreement

REQUIRED = Required(0.98, 500)


def chance_that_ever(
    happens: Callable[[Agreement, float], bool], rates: list[float], required: Required
) -> float:
    """Exact, over all ways that pairs may differ: that it happens at any look, one after each pair.

    It is told the mean of the rates so far.
    """
    alive, gone = {0: 1.0}, 0.0
    for seen, rate in enumerate(rates, start=1):
        later: dict[int, float] = {}
        for differing, chance in alive.items():
            for more, part in ((0, 1 - rate), (1, rate)):
                later[differing + more] = later.get(differing + more, 0.0) + part * chance
        mean = math.fsum(rates[:seen]) / seen
        alive = {}
        for differing, chance in later.items():
            if chance > 1e-9 and happens(agreement(Pairs(seen, differing), required), mean):
                gone += chance
            else:
                alive[differing] = chance
    return gone


def changing(low: float, high: float, pairs: int) -> list[float]:
    return [high if pair % 60 < 20 else low for pair in range(pairs)]


@pytest.mark.parametrize(
    "rates",
    [[0.02] * 150, [*[0.005] * 50, *[0.02] * 100]],
    ids=["constant", "growing"],
)
def test_answers_that_agree_as_required_are_refused_as_rarely_as_promised(
    rates: list[float],
) -> None:
    required = REQUIRED._replace(error=0.05)
    assert chance_that_ever(lambda a, _: a.decision == "differs", rates, required) <= 0.05


@pytest.mark.parametrize("rates", [[0.02] * 90, changing(0.005, 0.1, 90), [0.6] * 60])
def test_each_bound_holds_at_all_looks_at_once(rates: list[float]) -> None:
    """Also where the chances change: it bounds their mean so far."""
    required = REQUIRED._replace(error=0.1)
    assert chance_that_ever(lambda a, mean: mean < a.least, rates, required) <= 0.1
    assert chance_that_ever(lambda a, mean: mean > a.most, rates, required) <= 0.1


@pytest.mark.parametrize(
    ("seen", "differing", "decision"),
    [
        (0, 0, "open"),
        (499, 5, "open"),
        (500, 10, "agrees"),
        (500, 20, "agrees"),  # more than allowed, but not for sure
        (500, 30, "differs"),
        (40, 10, "differs"),  # before min_pairs
    ],
)
def test_decisions(seen: int, differing: int, decision: str) -> None:
    assert agreement(Pairs(seen, differing), REQUIRED).decision == decision


def test_known_values() -> None:
    """By the odds alone: sum of parts s^x / (1 + (s - 1) q)^n."""
    odds = {1.1: 1, 1.25: 3, 1.5: 6, 2: 6, 4: 3, 10: 2, 50: 1}
    bets = [part / 22 * s**12 / (1 + (s - 1) * 0.02) ** 200 for s, part in odds.items()]
    found = agreement(Pairs(200, 12), REQUIRED)
    assert found.log_e == pytest.approx(math.log(math.fsum(bets)))
    assert found.share == pytest.approx(0.06)


def test_where_every_answer_has_to_agree_one_difference_is_enough() -> None:
    strict = Required(1.0, 500)
    assert agreement(Pairs(10_000, 1), strict).decision == "differs"
    assert agreement(Pairs(10_000, 0), strict).decision == "agrees"


@given(st.integers(0, 5000), st.data())
def test_the_share_is_within_its_bounds_and_a_refusal_is_a_bound(
    seen: int, data: st.DataObject
) -> None:
    pairs = Pairs(seen, data.draw(st.integers(0, seen)))
    found = agreement(pairs, REQUIRED)
    share = 0.0 if found.share is None else found.share
    assert 0 <= found.least <= share <= found.most <= 1
    assert (found.decision == "differs") == (found.least >= REQUIRED.allowed)


@given(st.integers(0, 300), st.data())
def test_one_difference_more_never_speaks_for_the_candidate(seen: int, data: st.DataObject) -> None:
    differing = data.draw(st.integers(0, seen))
    before = agreement(Pairs(seen, differing), REQUIRED)
    later = agreement(Pairs(seen, differing).after(1, 1), REQUIRED)
    assert later.log_e >= before.log_e
    assert later.least >= before.least


def test_repeated_differences_count_once() -> None:
    """Three equal copies of each pair, counted as one."""
    copies = agreement(Pairs(900, 90), REQUIRED._replace(attempts=3.0))
    once = agreement(Pairs(300, 30), REQUIRED)
    assert copies.log_e == pytest.approx(once.log_e)
    assert copies.least == pytest.approx(once.least)


@pytest.mark.parametrize(("seen", "differing"), [(1, 2), (1, -1), (-1, -1)])
def test_impossible_pairs_are_refused(seen: int, differing: int) -> None:
    with pytest.raises(Refused, match="pairs of answers cannot differ"):
        Pairs().after(seen, differing)


def test_pairs_add_up_in_any_order() -> None:
    assert Pairs().after(3, 1).after(5, 0) == Pairs().after(5, 0).after(3, 1) == Pairs(8, 1)
