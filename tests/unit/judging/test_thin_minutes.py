"""How the test against harm takes a minute with few requests."""

import pytest

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.evidence import split_counts
from penstock.domain.judging.judge_settings import REFERENCE

THIN = REFERENCE.thin


@pytest.mark.parametrize("weight", [0.05, 0.95])
def test_a_thin_minute_is_split_as_its_weight_expects_whichever_side_is_thin(weight: float) -> None:
    enough = Counts(THIN / 0.05, 1, 0, 0)
    assert split_counts(enough, weight, REFERENCE) == enough
    thin = Counts(90, 1, 10, 1)
    expected = ((1 - weight) * 100, 1, weight * 100, 1)
    assert tuple(split_counts(thin, weight, REFERENCE)) == pytest.approx(expected)
