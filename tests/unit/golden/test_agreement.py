"""Whether an answer is the expected one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.golden.agreement import agrees

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TABLES = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(-1000, 1000), min_size=columns, max_size=columns),
        min_size=2,
        max_size=5,
    )
)
OBJECTS = st.dictionaries(st.text(), DOCUMENTS, min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("expected", "answer", "tolerance", "agree"),
    [
        pytest.param("0.83", "0.82", 0.01, True, id="a-decimal-difference-is-exact"),
        pytest.param("0.83", "0.8199", 0.01, False, id="beyond-the-tolerance"),
        pytest.param("1", "1.0", 0, True, id="a-number-is-a-number"),
        pytest.param("1", "true", 1, False, id="true-is-no-number"),
        pytest.param("1", '"1"', 1, False, id="a-text-is-no-number"),
        pytest.param("null", "0", 1, False, id="null-is-no-number"),
        pytest.param('{"a": 1}', '{"b": 2, "a": 1}', 0, True, id="more-keys"),
        pytest.param('{"a": 1, "b": 2}', '{"a": 1}', 0, False, id="a-missing-key"),
        pytest.param('{"a": null}', "{}", 0, False, id="null-is-not-missing"),
        pytest.param('{"a": [{"b": 1}]}', '{"a": [{"b": 1.1, "c": 0}]}', 0.1, True, id="deep"),
        pytest.param("[1, 2]", "[1, 2, 3]", 9, False, id="another-length"),
        pytest.param("[1, 2]", "[2, 1]", 0, False, id="another-order"),
        pytest.param("1,2\n3,4", "1.0, 2.1\n3,4\n", 0.1, True, id="csv"),
        pytest.param("1,2\n3,4", "1,2,3,4", 0, False, id="csv-of-another-shape"),
        pytest.param("1,2\n3,4", "1,2\n3", 0, False, id="csv-of-ragged-rows"),
        pytest.param("1,2", "1,3", 0.5, False, id="csv-beyond-the-tolerance"),
        pytest.param("a,1", "a,1.0", 1, False, id="a-field-that-is-no-number"),
        pytest.param("007", "7", 0, True, id="numbers-that-are-not-json"),
        pytest.param("1,nan", "1,NaN", 1, False, id="nan-is-text"),
        pytest.param("NaN", " NaN\n", 0, True, id="the-same-text"),
        pytest.param(" yes\n", "yes", 0, True, id="white-space-around"),
        pytest.param("yes", "Yes", 0, False, id="case"),
        pytest.param("y es", "yes", 0, False, id="white-space-inside"),
        pytest.param("", "", 0, True, id="nothing"),
        pytest.param("1e999999999", "1e-999999999", 1, False, id="far-apart"),
        pytest.param("1e99999999999999999999", "1", 1, False, id="beyond-decimals"),
        pytest.param("1e99999999999999999999,1", "1,1", 1, False, id="beyond-decimals-in-csv"),
        pytest.param("[" * 5000 + "]" * 5000, "[]", 0, False, id="nested-too-deeply"),
    ],
)
def test_one_answer(expected: str, answer: str, tolerance: float, agree: bool) -> None:
    assert agrees(expected, answer, tolerance) is agree


@given(DOCUMENTS)
def test_a_document_agrees_with_itself_however_it_is_written(document: object) -> None:
    assert agrees(json.dumps(document), json.dumps(document, indent=2), 0)


@given(OBJECTS, DOCUMENTS)
def test_more_keys_agree_and_fewer_do_not(expected: dict[str, object], value: object) -> None:
    more = {**expected, "".join(expected) + "+": value}
    assert agrees(json.dumps(expected), json.dumps(more), 0)
    assert not agrees(json.dumps(more), json.dumps(expected), 0)


@given(st.integers(0, 10**9), st.integers(0, 1000), st.integers(0, 1000))
def test_numbers_agree_within_the_tolerance(number: int, shift: int, tolerance: int) -> None:
    """In thousandths, so that every difference is exact; alone, in JSON and in CSV."""
    values = (number, number + shift)
    one, other = (f"{value // 1000}.{value % 1000:03}" for value in values)
    agree = shift <= tolerance
    assert agrees(one, other, tolerance / 1000) is agree
    assert agrees(f'{{"a": [{one}]}}', f'{{"a": [{other}]}}', tolerance / 1000) is agree
    assert agrees(f"{one},0", f"{other},0", tolerance / 1000) is agree


@given(TABLES, TABLES)
def test_tables_agree_where_they_are_equal(one: list[list[int]], other: list[list[int]]) -> None:
    written = ["\n".join(",".join(map(str, row)) for row in table) for table in (one, other)]
    assert agrees(written[0], written[1], 0) is (one == other)
    assert agrees(written[0], f"{written[0]}\n", 0)


WITHOUT_OBJECTS = st.text(st.characters(exclude_characters="{"))


@given(WITHOUT_OBJECTS, WITHOUT_OBJECTS, st.floats(0, 1e9))
def test_only_objects_are_compared_from_one_side(one: str, other: str, tolerance: float) -> None:
    assert agrees(one, one, tolerance)
    assert agrees(one, other, tolerance) is agrees(other, one, tolerance)
