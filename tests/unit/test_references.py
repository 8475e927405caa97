"""References in code and documents lead to an entry: facts, rules, promises, rows, sections."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from penstock.domain import protocol
from penstock.domain.ledger.gate import Gate
from tests.worlds.deployed import ROOT, TEMPLATE

FACTS = (ROOT / "docs" / "aws-facts.md").read_text()
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
FOLDERS = ("layers", "functions", "twin", "tests")

_LIST = r"\d+(?:\.\d+)*(?:(?:, | and | to )\d+(?:\.\d+)*)*"
CITED = {
    "fact": rf"\bfacts[\s#]+({_LIST})",
    "section": rf"\bsections? ({_LIST})",
    "row": rf"\b[Rr]ows? ({_LIST})",
    "promise": rf"\b[Pp]romises? ({_LIST})",
    "": r"\b([RSAN]\d{1,2}b?)\b",
}
"""How each kind of entry is cited; the group holds one number or several."""
QUESTIONS = {"goes_back", "seen_lapsed", "stuck"}
"""What the protocol's package offers beside its writes."""


def cited(text: str) -> Iterator[str]:
    """Every entry that a text cites: `fact 3.3`, `section 8`, `row 7`, `promise 6`, `R20b`."""
    for kind, pattern in CITED.items():
        for found in re.findall(pattern, text):
            yield from (f"{kind} {one}".strip() for one in re.findall(r"[RSAN]?[\d.]+\d*b?", found))


@cache
def entries() -> frozenset[str]:
    """Every entry of the documents, by the words that `cited` gives it."""
    numbers = re.findall(r"^(?:#{2,3}|\|) (\d+(?:\.\d+)*)\.? ", FACTS, re.MULTILINE)
    rows = re.findall(r"^\| (row \d+|promise \d+|[RSN]\d+b?) \|", PROTOCOL, re.MULTILINE)
    assumptions = re.findall(r"^\*\*(A\d+)\.", PROTOCOL, re.MULTILINE)
    sections = re.findall(r"^## (\d+)\. ", PROTOCOL, re.MULTILINE)
    named = (*(f"fact {one}" for one in numbers), *(f"section {one}" for one in sections))
    return frozenset((*named, *rows, *assumptions))


def sources() -> list[Path]:
    code = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in (*code, TEMPLATE) if path != Path(__file__)]


def table(text: str, heading: str) -> list[list[str]]:
    """The cells of every table row below a heading, up to the next one of its level."""
    section = re.split(r"^## ", text.partition(f"\n## {heading}")[2], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_reference_leads_to_an_entry() -> None:
    lost = {
        f"{path.relative_to(ROOT)}: {entry}"
        for path in sources()
        for entry in cited(path.read_text())
        if entry not in entries()
    }
    assert sorted(lost) == []


def test_decisions_cite_rules_and_promises_that_exist() -> None:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    rules = {rule for page in pages for rule in re.findall(CITED[""], page.read_text())}
    assert rules - entries() == set()


@pytest.mark.parametrize(
    "text",
    ["(facts 3.99)", "facts 1.2, 1.77", "R25", "S11", "A2", "N9", "rows 2 to 9", "Promise 11"],
)
def test_a_reference_to_nothing_is_found(text: str) -> None:
    assert not set(cited(text)) <= entries()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("of a moment (facts 1.2, 1.5).", {"fact 1.2", "fact 1.5"}),
        ("it is published\n    # (facts\n    # 4.3)", {"fact 4.3"}),
        ("rows 2 to 8 of the protocol's section 3", {"row 2", "row 8", "section 3"}),
        ("kept (R6-R9, R20b); S10, A1, N4", {"R6", "R9", "R20b", "S10", "A1", "N4"}),
        ("Promise 7: F", {"promise 7"}),
    ],
)
def test_what_is_read_as_a_reference(text: str, expected: set[str]) -> None:
    assert set(cited(text)) == expected


def test_no_entry_has_two_texts() -> None:
    numbers = re.findall(r"^\| (\d+(?:\.\d+)+) \|", FACTS, re.MULTILINE)
    rules = [row[0] for row in table(PROTOCOL, "9. Rules")]
    assert [one for one, times in Counter([*numbers, *rules]).items() if times > 1] == []


def test_a_fact_has_the_number_of_its_section_a_source_and_a_degree() -> None:
    section = ""
    for line in FACTS.splitlines():
        if heading := re.match(r"#{2,3} (\d+(?:\.\d+)?)\.? ", line):
            section = heading[1]
        if re.match(r"\| \d", line):
            number, fact, source, sure, tried = (c.strip() for c in line.strip("|").split(" | "))
            assert number.rpartition(".")[0] == section, line
            assert fact.endswith((".", ".)")), line
            assert source, line
            assert sure in {"documented", "observed", "assumed"}, line
            assert re.fullmatch(r"-|`test_\w+`(, `test_\w+`)*", tried), line


def test_the_tests_that_the_documents_name_exist() -> None:
    found = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", FACTS + PROTOCOL))
    assert named
    assert named - found == set()


def test_the_gate_is_documented_whole() -> None:
    documented = [
        name for row in table(PROTOCOL, "1. The gate") for name in re.findall(r"`(\w+)`", row[0])
    ]
    stored = (field.alias or name for name, field in Gate.model_fields.items())
    assert sorted(documented) == sorted(stored)


def test_every_write_of_the_protocol_is_documented() -> None:
    writes = {name for name in protocol.__all__ if name.islower()} - QUESTIONS
    assert writes - set(re.findall(r"`(\w+)`", PROTOCOL)) == set()


def test_every_rule_has_a_trace() -> None:
    rules = {row[0] for row in table(PROTOCOL, "9. Rules")} - {"rule"}
    traced = {row[0] for row in table(PROTOCOL, "10. Traces")} - {"without"}
    assert len(rules) >= 24  # R1 to R24, and variants
    assert rules <= traced
