"""Proof that simulations can fail: without a rule they do, and say how in a few actions."""

from functools import partial

import pytest

from tests.soak.__main__ import fails, first
from tests.soak.history import draw
from tests.soak.mutants import MUTANTS
from tests.soak.play import fresh, shrunk

SOON = (
    *("R1", "R2", "R7", "R9", "R11", "R13", "R14", "R20", "R21"),
    *("ScaleInNotNoted", "StuckInSilence", "Unquarantined"),
    *("ApprovedByNobody", "ApprovalNotAskedFor", "GoldenRequestsPass", "FreezeUnread"),
    *("RehearsalForgotten", "RevocationUnnoticed", "RevocationIgnored", "StagesForgotten"),
    *("Untold", "BrakeLeft", "ObservedServes", "ShadowServes"),
)
"""Those that a few histories show; `make soak MUTANTS=1` tries the others too."""

FEW = 25
"""Actions, of 40 to 160."""


@pytest.mark.parametrize("rule", SOON)
def test_without_a_rule_a_history_fails(rule: str) -> None:
    found = first(MUTANTS[rule], 40)
    assert found
    print(f"without {rule}: history {found.seed} breaks {found.failed}")  # noqa: T201 - evidence


@pytest.mark.parametrize("rule", ["R9", "R21"])
def test_what_fails_is_shrunk_to_a_few_actions(rule: str) -> None:
    make, found = partial(fresh, MUTANTS[rule]), first(MUTANTS[rule], 40)
    assert found
    assert found.failed
    name = found.failed[0]
    small = shrunk(draw(found.seed), lambda fewer: fails(fewer, name, make))
    assert len(small) <= FEW
    assert fails(small, name, make)
    assert not any(fails(small[:k] + small[k + 1 :], name, make) for k in range(len(small)))
