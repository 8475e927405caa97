"""A plan, a record or a document that is too large is refused by name while nothing is done."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.execution.request import parse_request
from penstock.domain.execution.run import Run
from penstock.domain.planning.onward import walk_begun
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.planning.size import (
    GROWS,
    MOST_IN_DOCUMENT,
    MOST_IN_ITEM,
    check_size,
)
from tests.worlds.setups import ARN, live, package, policy

CARRIED_BY_STEP_FUNCTIONS, KEPT_BY_DYNAMODB = 262_144, 409_600


def plan() -> Plan:
    return draw_plan(policy(), package(), "0123456789", live())


def run(**request: Any) -> Run:
    asked = {"action": "release", "model_package_arn": ARN, **request}
    began = Run(execution="e", started_at=1, next="plan", request=parse_request(asked))
    return walk_begun(began, plan())


def refusal(run: Run, plan: Plan, **reports: Any) -> str:
    with pytest.raises(Refused) as refused:
        check_size(run, plan, reports)
    return str(refused.value)


def signals(count: int) -> dict[str, Any]:
    """An input's policy of `count` custom signals with all the dimensions that there may be."""
    dimensions = {f"{n:02}{'d' * 250}": f"{{variant}}{'v' * 240}" for n in range(30)}
    each = {"namespace": "N", "metric": "M", "dimensions": dimensions}
    return {"judge": {"signals": [each | {"name": f"s{n}"} for n in range(count)]}}


def test_the_bounds_are_below_what_aws_takes() -> None:
    assert MOST_IN_DOCUMENT <= CARRIED_BY_STEP_FUNCTIONS - 60_000
    assert MOST_IN_ITEM <= KEPT_BY_DYNAMODB - 100_000
    assert GROWS < MOST_IN_DOCUMENT / 2


def test_what_fits_is_not_refused() -> None:
    check_size(run(), plan(), {})
    check_size(run(policy=signals(5)), plan(), {"quality": {"auc": 0.9}})


def test_a_plan_that_no_item_holds_is_refused_by_its_largest_part() -> None:
    tags = {f"key-{n}": "v" * 250 for n in range(1_300)}
    blueprint = plan().blueprint.model_copy(update={"model_tags": tags})
    large = plan().model_copy(update={"blueprint": blueprint})
    said = refusal(run(), large)
    assert said.startswith("the plan takes ")
    assert f"more than {MOST_IN_ITEM}: shorten the tags of what serves" in said


def test_reports_that_no_record_holds_are_refused() -> None:
    said = refusal(run(), plan(), quality={"document": "x" * MOST_IN_ITEM})
    assert said.startswith("the release's record takes ")
    assert "shorten the reports" in said


def test_an_input_that_no_document_carries_is_refused() -> None:
    said = refusal(run(policy=signals(9)), plan())
    assert said.startswith("the execution's document takes ")
    assert "shorten the input's policy" in said
