"""How the tests are laid out: only pytest reads test files; helpers are modules of their own."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.worlds.deployed import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
CODE = ("benchmarks", "cli", "docs", "examples", "functions", "layers/penstock", "tests", "twin")
MEASURES = {"benchmarks"}
"""What may use the fakes and worlds of the tests: it measures what they play."""


def modules() -> list[Path]:
    return sorted(module for folder in CODE for module in (ROOT / folder).rglob("*.py"))


def imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of_tests(name: str) -> bool:
    return name.startswith("tests.")


def leads_to_a_test_file(name: str) -> bool:
    """Whether a part of the name is a test file; a function of one is in a test file too."""
    return is_of_tests(name) and any(part.startswith("test_") for part in name.split("."))


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


READ = {name_of(module): module.read_text(encoding="utf-8") for module in modules()}


def imports(wrong: Callable[[str], bool], modules: Iterable[str]) -> dict[str, list[str]]:
    """Which modules import what they should not, by name."""
    found = {module: list(filter(wrong, imported(READ[module]))) for module in modules}
    return {module: names for module, names in found.items() if names}


def test_nothing_imports_a_test_file() -> None:
    assert imports(leads_to_a_test_file, READ) == {}


def test_nothing_but_tests_and_benchmarks_imports_tests() -> None:
    others = [module for module in READ if module.split("/")[0] not in {"tests", *MEASURES}]
    assert imports(is_of_tests, others) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from tests.unit.reviewing.test_review import World", True),
        ("from tests.unit import test_review", True),
        ("import tests.unit.reviewing.test_review as review", True),
        ("from tests.worlds.reviews import World", False),
        ("from sklearn.model_selection import train_test_split", False),
        ("from event_ruler import test_event_pattern", False),
    ],
)
def test_an_import_of_a_test_file_is_noticed(text: str, *, found: bool) -> None:
    assert any(map(leads_to_a_test_file, imported(text))) == found


def test_no_folder_with_code_is_left_out() -> None:
    ours = [folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name[0] != "."]
    with_code = {folder.name for folder in ours if any(folder.rglob("*.py"))}
    assert with_code - {"out"} == {name.split("/")[0] for name in CODE}


def test_the_page_about_tests_names_each_of_their_folders() -> None:
    folders = {
        f"tests/{found.name}" for found in (ROOT / "tests").iterdir() if any(found.rglob("*.py"))
    }
    assert set(re.findall(r"\btests/[a-z_]+\b(?![.])", PAGE)) == folders


def test_the_page_about_tests_names_targets_that_there_are() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", PAGE)) - set(targets) == set()
