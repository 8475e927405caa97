"""The bound on harm: the bets together, never above the best of them alone."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.judging.harm import Harm, at_most
from penstock.domain.judging.judge_settings import JudgeSettings

SETTINGS = JudgeSettings()
ALONE = replace(SETTINGS, mixed=False)
ENDLESS = 1e12  # requests: the count itself does not bind
LOGS = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).map(tuple)


def worth(harm: Harm, excess: float, settings: JudgeSettings) -> float:
    """log of what all the bets hold, if that were the excess."""
    money = math.fsum(settings.backing)
    logs = [
        math.log(share / money) + value + (1 - a) * excess / settings.phi
        for a, share, value in zip(settings.stakes, settings.backing, harm.stakes, strict=True)
    ]
    most = max(logs)
    return most + math.log(math.fsum(math.exp(value - most) for value in logs))


@given(LOGS, st.sampled_from([1.0, 3.0]))
def test_at_the_bound_all_bets_together_are_worth_the_confidence(
    stakes: tuple[float, ...], phi: float
) -> None:
    settings, harm = replace(SETTINGS, phi=phi), Harm(ENDLESS, stakes)
    found = worth(harm, at_most(harm, settings), settings)
    assert found == pytest.approx(-math.log(settings.beta), abs=1e-9)


@given(LOGS)
def test_together_they_are_no_worse_than_the_best_alone(stakes: tuple[float, ...]) -> None:
    harm = Harm(ENDLESS, stakes)
    assert at_most(harm, SETTINGS) <= at_most(harm, ALONE)


def test_one_bet_is_its_own_mixture() -> None:
    one, harm = replace(SETTINGS, stakes=(0.8,), backing=(1.0,)), Harm(ENDLESS, (-2.0,))
    assert at_most(harm, one) == pytest.approx((math.log(20) + 2) / 0.2)


def test_no_more_than_every_request_can_have_failed() -> None:
    assert at_most(Harm(3.0, (0.0, 0.0, 0.0)), SETTINGS) == 3
