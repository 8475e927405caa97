"""How a plan says what will not be as it was."""

from typing import Any

import pytest

from penstock.domain.kinds.differences import MOST_CHARACTERS, changed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param({"A": "1"}, {"A": "2"}, "A changed", id="changed"),
        pytest.param({}, {"B": "1", "A": "1"}, "A, B added", id="added"),
        pytest.param({"A": "1", "B": "1"}, None, "A, B removed", id="removed"),
        pytest.param(
            {"A": "1", "B": "1", "D": "1"},
            {"A": "2", "C": "1", "D": "1"},
            "A changed; C added; B removed",
            id="all-at-once",
        ),
    ],
)
def test_of_an_environment_only_names_are_said(old: Any, new: Any, said: str) -> None:
    lines = changed("container", {"Environment": old}, {"Environment": new}, set())
    assert lines == [f"container Environment: {said}"]


def test_a_full_environment_is_said_in_a_short_line() -> None:
    """32 KB: a hundred variables, with names and values as long as SageMaker takes them."""
    full = {f"{n:03}{'N' * 157}": "secret" * 27 for n in range(100)}
    (line,) = changed("container", {"Environment": full}, {}, set())
    assert line.endswith(" and 90 more removed")
    assert "secret" not in line
    assert len(line) < 11 * (MOST_CHARACTERS + 5)


def test_a_long_value_is_cut() -> None:
    (line,) = changed("variant", {"A": "x" * 999}, {"A": None}, set())
    assert line == f"variant A: '{'x' * (MOST_CHARACTERS - 1)}... -> None"


def test_what_is_ignored_or_equally_empty_is_no_difference() -> None:
    assert changed("variant", {"A": 1, "B": [], "ResponseMetadata": 1}, {"A": 2}, {"A"}) == []
