"""What is kept of reports, at its bounds; and what is written on a package, at its limits."""

import json
from typing import Any

import pytest

from penstock.domain.policy.approval import Bar
from penstock.domain.reviewing.bars import BarResult, judge_bars
from penstock.domain.reviewing.figures import NotANumber, number
from penstock.domain.reviewing.reports import DEEPEST_KEPT, Document, prune
from penstock.domain.reviewing.review import BarAssessment
from penstock.domain.reviewing.review_text import description, metadata


def nested(levels: int) -> dict[str, Any]:
    """A number below so many objects."""
    document: dict[str, Any] = {"n": 1.0}
    for _ in range(levels):
        document = {"in": document}
    return document


def test_twelve_levels_of_objects_are_kept() -> None:
    assert prune(nested(DEEPEST_KEPT)) == nested(DEEPEST_KEPT)
    assert prune(nested(DEEPEST_KEPT + 1)) == {}


def test_what_is_too_large_loses_one_level_after_the_other() -> None:
    levels = {"a": 1.0, "in": {"b": 2.0, "in": {"c": 3.0}}}
    two = {"a": 1.0, "in": {"b": 2.0}}
    size = len(json.dumps(levels))
    assert prune(levels, size) == levels
    assert prune(levels, size - 1) == two
    assert prune(levels, len(json.dumps(two)) - 1) == {"a": 1.0}
    assert prune(levels, 1) == {}


@pytest.mark.parametrize(
    ("figure", "kept"),
    [(1e100, 1e100), (-1e100, -1e100), (1.1e100, None), (1e-100, 1e-100), (0.9e-100, 0.0)],
)
def test_figures_are_kept_as_far_as_the_ledger_has_numbers(figure: float, kept: float) -> None:
    assert prune({"n": figure}) == ({} if kept is None else {"n": kept})


def test_a_text_in_place_of_a_number_is_quoted_by_its_beginning() -> None:
    assert number("x" * 41) == NotANumber(f"is the string '{'x' * 40}', not a number,")


def test_with_nothing_live_a_bar_against_it_passes_and_its_value_is_kept() -> None:
    bar = Bar(metric="auc", at_least_vs_live=0)
    (result,) = judge_bars([bar], {"model_quality": Document({"auc": 0.9}, "d")}, None)
    assert (result.verdict, result.value, result.live_value) == ("pass", 0.9, None)
    assert result.sentence == "auc is 0.9; there is no live package yet to compare it with"


def missed(sentence: str) -> BarResult:
    return BarResult(
        metric="auc",
        report="model_quality",
        rule="at_least",
        threshold=1,
        value=None,
        verdict="miss",
        sentence=sentence,
    )


def test_a_description_is_cut_only_where_it_is_too_long() -> None:
    def said(length: int) -> str:
        return description("approved", "1", BarAssessment(results=(missed("x" * length),)))

    room = 1024 - len(said(0))
    assert len(said(room)) == 1024
    assert said(room).endswith("xx.")
    assert said(room + 1).endswith("x...")
    assert len(said(room + 1)) == 1024


@pytest.mark.parametrize(("present", "added"), [(48, 2), (49, 0)])
def test_fifty_pieces_of_metadata_are_as_many_as_a_package_takes(present: int, added: int) -> None:
    there = {str(n): "" for n in range(present)}
    assert len(metadata("approved", "s3://e", there)) == added
