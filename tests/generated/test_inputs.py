"""What comes from outside: events, execution inputs, and JSON that is neither."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generated.account import Scene
from tests.generated.damage import FOREIGN
from tests.generated.inputs import inputs
from tests.generated.invoking import function
from tests.generated.recorded import NAMES
from tests.generated.trying import AMOUNT, tried, try_damaged

OUTSIDE = ("halt_release", "reconcile", "resolve_request", "review_package", "sweep")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", OUTSIDE)
def test_every_real_input_is_taken(name: str) -> None:
    with function(name) as invoke:
        seen = {tried(invoke, r.document, r.scene, name) for r in inputs()[name]}
    assert "malformed" not in seen
    assert "taken" in seen


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_damaged_input_is_malformed_or_answered(name: str) -> None:
    seen = try_damaged(name, inputs()[name], FOREIGN)
    assert AMOUNT / 20 < seen["malformed"] < AMOUNT * 19 / 20


@pytest.mark.parametrize("name", [*OUTSIDE, *NAMES.values()])
def test_any_json_is_malformed_and_touches_nothing(name: str) -> None:
    with function(name) as invoke:

        @given(document=JSON)
        @settings(max_examples=100, deadline=None)  # the first invocation makes clients
        def holds(document: Any) -> None:
            assert tried(invoke, document, Scene(), repr(document)) == "malformed"

        holds()


def test_any_execution_input_is_refused_or_resolved() -> None:
    envelope = inputs()["resolve_request"][0].document
    with function("resolve_request") as invoke:

        @given(document=JSON)
        @settings(max_examples=200, deadline=None)  # likewise
        def holds(document: Any) -> None:
            given_ = {**envelope, "input": document}
            assert tried(invoke, given_, Scene(), repr(document)) == "refused"

        holds()
