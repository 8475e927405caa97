"""Figures as DynamoDB keeps them: 38 digits, magnitudes from 1e-130 to 1e126."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters.expressions import deserialize, serialize
from penstock.domain.errors import Refused


@given(st.floats(min_value=-1e120, max_value=1e120))
def test_a_figure_comes_back_as_it_was(figure: float) -> None:
    assert deserialize({"log_e": serialize(figure)})["log_e"] == pytest.approx(figure, abs=1e-120)


@pytest.mark.parametrize("figure", [1e121, -1e300, float("inf"), float("nan")])
def test_a_figure_that_the_ledger_cannot_keep_is_refused(figure: float) -> None:
    with pytest.raises(Refused, match="more than the ledger can keep"):
        serialize({"judged": [figure]})
