"""The documents: what they point to exists, and what they show works."""

import re
from pathlib import Path
from typing import get_args

import pytest

from penstock.domain.execution.announcements import EVERY
from penstock.domain.execution.endings import EndingName
from penstock.domain.planning import checks
from penstock.domain.policy.policy import parse_policy
from tests.worlds.deployed import ROOT, of_type, source

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
    code = ROOT / "layers" / "penstock" / "penstock"
    named = set(re.findall(r"`((?:domain|usecases|adapters)/[\w/]+(?:\.py)?)`", page.read_text()))
    assert [name for name in named if not (code / name).exists()] == []
