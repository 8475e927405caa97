"""Gates that a policy may have, and every way to write them wrongly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.policy.policy import Policy, parse_policy

MANUAL: dict[str, Any] = {"endpoint": "churn", "approval": {"mode": "manual"}}
EARLY = {"at": "before_traffic", "hours": 24}
LATE = {"at": "before_promotion", "hours": 24}


def policy(gates: object) -> Policy:
    return parse_policy(json.dumps({**MANUAL, "gates": gates}), "3")


def test_a_gate_needs_one_approval_and_waits_before_anything_is_made() -> None:
    assert policy([EARLY]).gates[0].model_dump() == {**EARLY, "approvals": 1, "staged": False}
    assert policy([]).gates == ()


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ([{"at": "before_traffic"}], r"gates\[0\].hours"),
        ([{**EARLY, "hours": 0}], r"gates\[0\].hours"),
        ([{**EARLY, "hours": 337}], r"gates\[0\].hours"),
        ([{**EARLY, "hours": None}], r"gates\[0\].hours"),
        ([{**EARLY, "hours": "24"}], r"gates\[0\].hours"),
        ([{**EARLY, "approvals": 0}], r"gates\[0\].approvals"),
        ([{**EARLY, "approvals": 11}], r"gates\[0\].approvals"),
        ([{**EARLY, "at": "before_lunch"}], r"gates\[0\].at"),
        ([{"hours": 24}], r"gates\[0\].at"),
        ([EARLY, {**EARLY, "hours": 1}], "gates: before_traffic appears twice"),
        ([LATE, EARLY, LATE], "gates: before_promotion appears twice"),
        ([{**LATE, "staged": True}], "`staged` has no effect before the promotion"),
        ([{**EARLY, "who": "ana"}], "unknown key"),
        (EARLY, "gates"),
        (["before_traffic"], r"gates\[0\]"),
    ],
)
def test_what_is_no_gate_is_refused(gates: object, said: str) -> None:
    with pytest.raises(Refused, match=said):
        policy(gates)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["at", "hours", "approvals", "staged", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_other_value_is_refused_or_understood(gates: object) -> None:
    try:
        found = policy(gates).gates
    except Refused as refused:
        assert str(refused)
    else:
        assert len({gate.at for gate in found}) == len(found) <= 2
