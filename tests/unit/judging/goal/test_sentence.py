"""What people read of a goal and of agreement is one sentence."""

import pytest

from penstock.domain.judging.agreement.pairs import Pairs, Required, agreement
from penstock.domain.judging.agreement.sentence import agreement_sentence
from penstock.domain.judging.goal.finding import goal_finding
from penstock.domain.judging.goal.sentence import goal_sentence
from penstock.domain.judging.goal.trial import BEGUN
from tests.unit.judging.goal.experiments import AIM, after_all, minute


@pytest.mark.parametrize(
    ("candidate", "minutes", "begins"),
    [
        (70, 12, "the candidate is better: conversion candidate 0.07, live 0.05, difference +0.02"),
        (30, 12, "the candidate is worse: conversion candidate 0.03, live 0.05, difference -0.02"),
        (50, 60, "there is no relevant difference: conversion candidate 0.05, live 0.05,"),
        (50, 4, "the goal is open: conversion candidate 0.05, live 0.05, difference"),
    ],
)
def test_a_goal(candidate: float, minutes: int, begins: str) -> None:
    trial = after_all([minute(n, (1000, 50), (1000, candidate)) for n in range(minutes)])
    said = goal_sentence("conversion", goal_finding(trial, AIM), AIM)
    assert said.startswith(begins)
    assert said.endswith("with 95 % confidence; 0.01 matters)")


def test_a_goal_without_outcomes() -> None:
    said = goal_sentence("conversion", goal_finding(BEGUN, AIM), AIM)
    assert said == "conversion: no outcomes could be compared so far"


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (Pairs(), "no pair of answers was seen so far"),
        (
            Pairs(1000, 100),
            "100 of 1,000 pairs of answers differ (10 %, between 7.09 and 13.5 %); at most 2 % may",
        ),
        (
            Pairs(100, 1),
            "1 of 100 pairs of answers differ (1 %, between 0 and 8.92 %); at most 2 % may, and "
            "500 pairs have to be seen",
        ),
    ],
)
def test_agreement(pairs: Pairs, said: str) -> None:
    required = Required(0.98, 500)
    assert agreement_sentence(pairs, agreement(pairs, required), required) == said
