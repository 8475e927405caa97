"""The plan of a rehearsal: two stages before those of any strategy, and what they cost."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.golden.asking import Golden
from penstock.domain.judging.demand import Demand
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import CLAIMED, DISMISS, REHEARSE, STAGE
from penstock.domain.planning.budget import HISTORY_LIMIT
from penstock.domain.planning.known import NOTHING_KNOWN
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

RELEASE = "0123456789"
NAME = naming.rehearsal("churn", RELEASE)
ROLLOUTS: dict[str, dict[str, Any]] = {
    "steps": {"steps": [5, 25], "hold_minutes": 0},
    "adaptive": {"steps": "adaptive"},
    "holdback": {"steps": [5], "holdback_percent": 5},
    "linear": {"strategy": "linear", "increment": 25},
    "at once": {"strategy": "all_at_once"},
}


def golden(requests: int = 3) -> Golden:
    uri = "s3://sagemaker-churn/golden.jsonl"
    return Golden(s3_uri=uri, sha256="a" * 64, requests=requests, at_least=1.0, timeout_seconds=60)


def drawn(
    rollout: dict[str, Any],
    setup: LiveSetup | None,
    *,
    rehearse: bool = True,
    asked: Golden | None = None,
) -> Plan:
    known = NOTHING_KNOWN._replace(golden=asked or golden())
    file = {"s3_uri": "s3://sagemaker-churn/golden.jsonl"}
    chosen = policy(rollout={**rollout, "rehearse": rehearse}, golden=file)
    return draw_plan(chosen, package(), RELEASE, setup, known)


@pytest.mark.parametrize("setup", [live(), None], ids=["live", "first"])
@pytest.mark.parametrize("name", ROLLOUTS)
def test_two_stages_come_first_and_the_others_are_as_without_them(
    name: str, setup: LiveSetup | None
) -> None:
    with_it, without = (drawn(ROLLOUTS[name], setup, rehearse=wanted) for wanted in (True, False))
    up, gone, *rest = with_it.stages
    assert tuple(rest) == without.stages
    assert (up.beside, up.golden, up.final, up.compared) == ((NAME, True), "passed", False, None)
    assert (gone.beside, gone.golden) == ((NAME, False), None)
    assert CLAIMED < up.step < gone.step < rest[0].step
    assert (up.step, gone.step) == (REHEARSE, DISMISS)
    assert rest[0].step >= STAGE
    same = ("floor", "candidate_instances", "peak_instances", "least_minutes", "own_alarms")
    for field in same:
        assert getattr(with_it, field) == getattr(without, field), field


@pytest.mark.parametrize("name", ROLLOUTS)
def test_what_follows_finds_what_the_release_found(name: str) -> None:
    plan = drawn(ROLLOUTS[name], live())
    up, gone, first = (plan.stage(position) for position in range(3))
    assert up.begins
    assert gone.begins
    assert first.begins
    assert (up.target, gone.target) == (None, None)
    assert (up.keeps, gone.keeps, first.keeps) == (True, True, False)
    assert [stage.about("churn") for stage in (up, gone, first)] == [NAME, NAME, "churn"]
    assert first.found_percent == 0
    if len(plan.stages) > 3:
        assert plan.stage(3).found == first.target
        assert not plan.stage(3).begins


def test_the_documents_name_its_configuration() -> None:
    planned = drawn(ROLLOUTS["steps"], live()).planned
    assert planned.rehearsal == NAME
    assert planned.configs == (NAME, planned.staging, planned.final.name)
    assert planned.passing == (NAME, planned.staging)
    without = drawn(ROLLOUTS["at once"], live(), rehearse=False).planned
    assert (without.rehearsal, without.passing) == (None, ())


def test_a_rehearsal_needs_a_part_of_the_history() -> None:
    rollout = ROLLOUTS["at once"]
    with_it, without = (drawn(rollout, live(), rehearse=wanted) for wanted in (True, False))
    tasks = 2 * 2 * 60 + 2 * 8 + 2 + 3 * 3
    assert with_it.history_events - without.history_events >= 9 * tasks


def test_more_than_the_history_holds_is_refused() -> None:
    """Two hundred requests, asked three times."""
    rollout = {**ROLLOUTS["steps"], "update_minutes": 120}
    assert drawn(rollout, live(), rehearse=False, asked=golden(130)).history_events < HISTORY_LIMIT
    with pytest.raises(Refused, match="history events"):
        drawn(rollout, live(), asked=golden(130))


def test_a_first_release_rehearses_on_one_instance() -> None:
    rehearsal = drawn(ROLLOUTS["at once"], None).blueprint.rehearsal
    assert rehearsal is not None
    assert rehearsal["ProductionVariants"][0]["InitialInstanceCount"] == 1
    assert rehearsal["EndpointConfigName"] == NAME


def test_what_has_no_instances_keeps_its_size() -> None:
    blueprint = drawn(ROLLOUTS["at once"], live()).blueprint
    variant = {"VariantName": "live", "ModelName": "m", "ServerlessConfig": {"MaxConcurrency": 5}}
    serverless = blueprint.model_copy(
        update={"final": {"EndpointConfigName": "f", "ProductionVariants": [variant]}}
    )
    rehearsal = serverless.rehearsing("r").rehearsal
    assert rehearsal == {"EndpointConfigName": "r", "ProductionVariants": [variant]}


def test_open_steps_count_what_a_rehearsal_takes() -> None:
    """Adaptive steps fit without it, and explicit ones are chosen with it."""
    known = NOTHING_KNOWN._replace(demand=Demand(600, {"errors": 0.001}), golden=golden(60))
    file = {"s3_uri": "s3://sagemaker-churn/golden.jsonl"}
    for rehearse, adaptive in ((False, True), (True, False)):
        chosen = policy(rollout={"rehearse": rehearse}, golden=file)
        plan = draw_plan(chosen, package(), RELEASE, live(), known)
        assert any(stage.ramp for stage in plan.stages) is adaptive
        assert plan.history_events <= HISTORY_LIMIT
