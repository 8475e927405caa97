"""Which stages are due to which packages."""

import pytest

from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.lifecycle import LifeCycle, LifeStage, StageDue, owing
from penstock.domain.protocol import life_cycles

CYCLE = LifeCycle(release="r2", staging="S", production="P", retired="R")
QA = LifeStage(stage="QA", status="Approved", description="by hand")


def gate(**changed: object) -> Gate:
    """Release `r2` of package `two` is in hand, and `one` serves."""
    known = {"endpoint": "churn", "release": "r2", "package": "two", "serving": "one"}
    return Gate.model_validate(known | {"life": CYCLE} | changed)


def due(assigned: dict[str, object]) -> list[tuple[str, str, str]]:
    stages = assigned.get("stages", ())
    assert isinstance(stages, tuple)
    return [(each.package, each.to.stage, each.to.status) for each in stages]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, [("one", "R", "Inactive"), ("two", "P", "Active")], id="replaces"),
        pytest.param({"serving": None}, [("two", "P", "Active")], id="first"),
        pytest.param({"serving": "two"}, [], id="the-same-again"),
        pytest.param({"life": None}, [], id="no-section"),
    ],
)
def test_a_promotion(changed: dict[str, object], expected: list[tuple[str, str, str]]) -> None:
    assert due(life_cycles.stages_promoted(gate(**changed))) == expected


@pytest.mark.parametrize(
    ("changed", "serves", "expected"),
    [
        pytest.param({}, "one", [("two", "R", "Inactive")], id="had-none"),
        pytest.param(
            {"life": CYCLE.model_copy(update={"before": QA})},
            "one",
            [("two", "QA", "Approved")],
            id="had-one",
        ),
        pytest.param({"release": "r3"}, "one", [], id="planned-without"),
        pytest.param({"life": None}, "one", [], id="no-section"),
        pytest.param({"package": "one"}, "one", [("one", "P", "Active")], id="serves-as-before"),
        pytest.param({"package": "", "release": "r3"}, "one", [], id="no-package"),
        pytest.param({"serving": None}, None, [("two", "R", "Inactive")], id="failed-first"),
        pytest.param(
            {"release": "back", "package": "zero"},
            "zero",
            [("one", "R", "Inactive"), ("zero", "P", "Active")],
            id="requested-rollback",
        ),
        pytest.param(
            {"release": "back", "package": ""},
            None,
            [("one", "R", "Inactive")],
            id="rollback-to-adopted",
        ),
        pytest.param(
            {"release": "back", "package": "zero", "serving": None},
            "zero",
            [("zero", "P", "Active")],
            id="rollback-from-adopted",
        ),
    ],
)
def test_an_end_without_a_promotion(
    changed: dict[str, object], serves: str | None, expected: list[tuple[str, str, str]]
) -> None:
    assert due(life_cycles.stages_ended(gate(**changed), serves)) == expected


def stage(package: str, name: str) -> StageDue:
    return StageDue(package=package, to=LifeStage(stage=name, status="Active"))


def test_of_one_package_the_last_stage_counts_and_of_others_each() -> None:
    before = (stage("a", "old"), stage("b", "kept"))
    assert owing(before, [stage("a", "new")]) == (stage("a", "new"), stage("b", "kept"))


def test_a_stage_that_comes_up_again_was_not_refused_yet() -> None:
    refused = stage("a", "old").refused_for("not authorized")
    (left,) = owing([refused], [stage("a", "new")])
    assert left.refused is None
