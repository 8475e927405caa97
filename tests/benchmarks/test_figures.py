"""The tables of docs/judge.md, with hardly any releases: their rows are well formed."""

import math
import pickle
import re
from itertools import chain, pairwise

import pytest

from benchmarks.figures.__main__ import TABLES
from benchmarks.figures.latency import CHANGES, LIVE, slower
from benchmarks.figures.tables import Row, simulated
from benchmarks.markdown import table
from benchmarks.simulated import all_written, written

ROWS = [
    pytest.param(each.head, row, id=f"{name}-{number}")
    for name, tables in TABLES.items()
    for each in tables
    for number, row in enumerate(each.rows)
]
FIGURE = re.compile(r"-|[\d,.]+( / [\d,.]+)*(; [\d,]+, [\d,]+ min)?")
"""One, several of different traffic, or with the minutes that it took."""
ENDED = re.compile(
    r"(rolled back|promoted|not proven) in minute \d+"
    r"|[\d,.]+( / [\d,.]+)* (% (rolled back|promoted|not proven)|bad requests)"
    r"|[\d.]+ % rolled back, minute [\d.]+"
    r"|[\d. /]+ % promoted, [\d. /]+ % with the failure"
)


@pytest.mark.parametrize(("head", "row"), ROWS)
def test_a_row_has_a_figure_in_every_column(head: tuple[str, ...], row: Row) -> None:
    cells = simulated((row, 2))
    assert len(cells) == len(head)
    assert all(cells)
    if head[-1] == "now":
        assert ENDED.fullmatch(cells[-1])
    else:
        named = {"what fails": 3}.get(head[0], 1)
        assert [cell for cell in cells[named:] if not FIGURE.fullmatch(cell)] == []


def test_a_row_goes_to_another_process() -> None:
    for each in chain.from_iterable(TABLES.values()):
        assert len(pickle.loads(pickle.dumps(each.rows))) == len(each.rows)  # noqa: S301 - ours


def test_the_same_seeds_give_the_same_row() -> None:
    row = TABLES["strata"][0].rows[0]
    assert row(3) == row(3)


def test_a_table_is_markdown() -> None:
    assert list(table(("what", "now"), [("a", "1"), ("b", "-")])) == [
        *("| what | now |", "|---|---|", "| a | 1 |", "| b | - |")
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (0.25, "0.25"), (99.91, "99.9"), (100.0, "100"), (16_583.2, "16,583")],
)
def test_a_figure_has_three_digits_or_all_before_the_point(number: float, text: str) -> None:
    assert written(number) == text


def test_what_is_never_found_is_a_dash() -> None:
    assert all_written([math.inf, 3.0]) == "- / 3"


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
@pytest.mark.parametrize("tolerated", [1.0, 1.02])
def test_answers_above_a_quantile_are_above_the_lower_ones_too(
    change: object, tolerated: float
) -> None:
    assert callable(change)
    shares = list(change(tolerated).values())
    assert all(higher <= lower * (1 + 1e-9) for lower, higher in pairwise(shares))


def test_a_candidate_as_fast_as_live_exceeds_its_quantiles_as_often() -> None:
    assert slower(1.0, 1.0) == pytest.approx(LIVE)
