"""Tasks of the state machine: whatever the document, an error of the tree and no rash write."""

import pytest

from tests.generated.damage import ODD
from tests.generated.invoking import function
from tests.generated.recorded import NAMES, recorded
from tests.generated.trying import AMOUNT, tried, try_damaged

TASKS = sorted(NAMES.values())
SLOW = {"judge_stage"}
"""A damaged minute has it read and judge fifteen days of them."""


@pytest.mark.parametrize("name", TASKS)
def test_every_recorded_document_is_taken(name: str) -> None:
    with function(name) as invoke:
        seen = {tried(invoke, r.document, r.scene, name) for r in recorded()[name]}
    assert "malformed" not in seen


@pytest.mark.parametrize("name", TASKS)
def test_a_damaged_document_is_malformed_or_answered(name: str) -> None:
    amount = AMOUNT // 5 if name in SLOW else AMOUNT
    seen = try_damaged(name, recorded()[name], ODD, amount)
    assert amount / 20 < seen["malformed"] < amount * 19 / 20
