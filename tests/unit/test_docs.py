"""The documents: what they point to exists, and what they show works."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from penstock.domain.execution.endings import EndingName
from penstock.domain.execution.published import EVERY
from penstock.domain.planning import checks
from penstock.domain.policy.policy import parse_policy
from tests.worlds.deployed import ROOT, of_type, source

CODE = ROOT / "layers" / "penstock" / "penstock"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
README = (ROOT / "README.md").read_text()


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def alarm_names() -> list[dict[str, str]]:
    return [alarm["AlarmName"] for alarm in of_type("AWS::CloudWatch::Alarm").values()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_each_decision_has_a_number_of_its_own_and_none_is_left_out() -> None:
    notes = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    named = [int(note.name.partition("-")[0]) for note in notes]
    headed = [int(note.read_text().removeprefix("# ").partition(".")[0]) for note in notes]
    assert named == headed == list(range(1, len(notes) + 1))


@pytest.mark.parametrize(
    "name",
    [
        *get_args(EndingName),
        *(event.detail_type for event in EVERY),
        *(f"<stack>-{name['Fn::Sub'].partition('-')[2]}" for name in alarm_names()),
        *(name.removeprefix("penstock-churn") for name in checks.every_name("churn")),
    ],
)
def test_operations_say_what_to_do_about(name: str) -> None:
    assert name in (ROOT / "docs" / "operations.md").read_text()


def test_the_policy_of_the_readme_is_one() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert parse_policy(example, "1").endpoint == "churn"


def test_the_readme_explains_every_parameter() -> None:
    assert [name for name in source()["Parameters"] if f"`{name}`" not in README] == []


def test_the_targets_that_are_named_are_in_the_makefile() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_every_function_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for folder in (ROOT / "functions").iterdir():
        assert f"| `{folder.name}` |" in text


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_modules_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"`((?:domain|usecases|adapters)/[\w/]+(?:\.py)?)`", page.read_text()))
    assert [name for name in named if not (CODE / name).exists()] == []


class Place(NamedTuple):
    """A row of "Where to change what": the function that changes, and names in its source."""

    change: str
    file: str
    function: str
    reads: tuple[str, ...]


def rows() -> Iterator[Place]:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for line in text.partition("\n## Where to change what\n")[2].splitlines():
        if line.startswith("| ") and not line.startswith("| to change |"):
            change, file, function, reads, _ = (cell.strip() for cell in line[1:-1].split("|"))
            yield Place(change, file.strip("`"), function.strip("`"), tuple(quoted(reads)))


def quoted(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def source_of(tree: ast.Module, function: str) -> ast.AST | None:
    """The definition of `function` or `Class.method`; None where there is none."""
    found: ast.AST = tree
    for name in function.split("."):
        inner = (n for n in getattr(found, "body", []) if getattr(n, "name", None) == name)
        if (node := next(inner, None)) is None:
            return None
        found = node
    return found


def names_in(node: ast.AST) -> set[str]:
    """Every name, attribute, argument and string in a piece of code."""
    parts = ("id", "attr", "arg", "value")
    found = (getattr(one, part, None) for one in ast.walk(node) for part in parts)
    return {name for name in found if isinstance(name, str)}


PLACES = tuple(rows())


def test_the_table_of_places_is_read_whole() -> None:
    assert len(PLACES) >= 30
    assert all(place.reads for place in PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.change)
def test_what_has_to_change_is_where_the_architecture_says(place: Place) -> None:
    tree = ast.parse((CODE / place.file).read_text())
    node = source_of(tree, place.function)
    assert node is not None, f"{place.file} has no {place.function}"
    assert [name for name in place.reads if name not in names_in(node)] == []


def test_a_place_that_is_not_there_is_noticed() -> None:
    tree = ast.parse("class A:\n    def f(self, x):\n        return self.y['z']\n")
    assert source_of(tree, "A.g") is None
    assert source_of(tree, "f") is None
    assert (node := source_of(tree, "A.f"))
    assert names_in(node) >= {"self", "x", "y", "z"}
