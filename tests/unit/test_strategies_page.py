"""The page that helps choose a strategy says of each kind what the table of kinds says."""

import re
from pathlib import Path

import pytest

from penstock.domain.kinds.table import KINDS, impossible
from penstock.domain.strategies.table import STRATEGIES

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text()
ROWS = {
    row[0].strip("` "): [cell.strip() for cell in row[1:]]
    for line in PAGE.partition("## What each kind")[2].splitlines()
    if line.startswith("| `")
    for row in [line.strip("|").split("|")]
}
COLUMNS = (
    ("canary", "linear", "ab"),
    ("shadow", "shadow_minutes"),
    ("guardrail",),
    ("holdback_percent",),
)


def reason(kind: str, wanted: str) -> str | None:
    """Why a kind has no such strategy, or no such key of `rollout`."""
    said = impossible(
        KINDS[kind],
        wanted if wanted in STRATEGIES else "canary",
        shadow_stage=wanted == "shadow_minutes",
        holdback=wanted == "holdback_percent",
    )
    return said and said.partition(f"serving.kind {kind}: ")[2]


def test_every_kind_has_a_row() -> None:
    assert set(ROWS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_may_be_released_at_once(kind: str) -> None:
    assert reason(kind, "all_at_once") is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_a_cell_is_yes_or_has_the_reason(kind: str, column: int) -> None:
    cells = ROWS[kind]
    first = next((cell for cell in cells if cell.startswith("no: ")), "")
    said = cells[column] if cells[column] != "no: the same" else first
    for wanted in COLUMNS[column]:
        why = reason(kind, wanted)
        assert said == (f"no: {why}" if why else "yes")


def test_every_strategy_has_a_line_of_what_it_finds_and_costs() -> None:
    table = PAGE.partition("## What each finds")[2].partition("## What each kind")[0]
    lines = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(lines))) >= set(STRATEGIES)
