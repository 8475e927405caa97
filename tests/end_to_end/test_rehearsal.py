"""A rehearsal: a real model answers on an endpoint of its own before users are on it."""

from typing import Any

import pytest

from penstock.domain.ledger.naming import REHEARSAL
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PLANNED, PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.golden import RIGHT, asked, name_golden
from tests.end_to_end.grants import Grant, without
from tests.end_to_end.real_models import furnish, register
from tests.end_to_end.trouble import killing

AT_ONCE: dict[str, Any] = {
    **dict.fromkeys(("steps", "step_minutes", "hold_minutes")),
    "strategy": "all_at_once",
    "rehearse": True,
}
STEPS = {"rehearse": True}


def rehearsals(bench: Bench) -> list[str]:
    """Rehearsal endpoints that exist now."""
    found = bench.twin.client("sagemaker").list_endpoints()["Endpoints"]
    names = [each["EndpointName"] for each in found]
    return [name for name in names if name.startswith(f"{bench.endpoint}{REHEARSAL}-")]


def configs(bench: Bench) -> list[str]:
    """Configurations of rehearsals that exist now."""
    found = bench.twin.client("sagemaker").list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
    names = [each["EndpointConfigName"] for each in found]
    return [name for name in names if name.startswith(f"{bench.endpoint}{REHEARSAL}-")]


def nothing_is_left(bench: Bench) -> None:
    assert rehearsals(bench) == []
    assert configs(bench) == []
    assert bench.gate().rehearsals == ()


@pytest.mark.parametrize("rollout", [AT_ONCE, STEPS], ids=["at-once", "steps"])
def test_a_good_model_is_asked_there_and_promoted(bench: Bench, rollout: dict[str, Any]) -> None:
    asked(bench, rollout=rollout)
    release = bench.started(register(bench, RIGHT))
    bench.until_step(4)
    (name,) = bench.twin.until(lambda: rehearsals(bench), 5, "the rehearsal endpoint", 5)
    assert [each.endpoint for each in bench.gate().rehearsals] == [name]
    assert bench.status == "InService"
    assert row(bench.end(release)) == PROMOTED
    nothing_is_left(bench)


@pytest.mark.parametrize("rollout", [AT_ONCE, STEPS], ids=["at-once", "steps"])
def test_a_wrong_model_never_serves_anybody(bench: Bench, rollout: dict[str, Any]) -> None:
    good = asked(bench, rollout=rollout)
    before = bench.twin.endpoints.get(bench.endpoint).config.name
    execution = bench.released(register(bench, "wrong"))
    assert row(execution) == ROLLED_BACK
    answer = ending(execution)
    assert answer["reason"].endswith('the first miss is row 7: expected "good", got "wrong"')
    assert answer["live_model_package_arn"] == good
    assert bench.twin.endpoints.get(bench.endpoint).config.name == before
    assert bench.events("Golden Requests Missed")
    nothing_is_left(bench)


def test_a_first_release_rehearses_and_a_wrong_one_makes_no_endpoint(bench: Bench) -> None:
    furnish(bench.twin)
    name_golden(bench, rollout=AT_ONCE)
    assert row(bench.released(register(bench, "wrong"))) == ROLLED_BACK
    assert not bench.exists
    nothing_is_left(bench)
    assert row(bench.released(register(bench, RIGHT))) == PROMOTED
    nothing_is_left(bench)


def test_an_endpoint_that_does_not_come_up_is_deleted(bench: Bench) -> None:
    asked(bench, rollout=AT_ONCE)
    bench.twin.sagemaker.faults.fail_next_creation()
    execution = bench.released(register(bench, RIGHT))
    assert row(execution) == ROLLED_BACK
    assert "is Failed" in ending(execution)["reason"]
    assert bench.events("Package Quarantined") == []
    nothing_is_left(bench)


def test_no_capacity_rolls_back(bench: Bench) -> None:
    asked(bench, rollout=AT_ONCE)
    bench.twin.sagemaker.faults.limit_next("CreateEndpoint")
    execution = bench.released(register(bench, RIGHT))
    assert row(execution) == ROLLED_BACK
    assert ending(execution)["reason"].startswith("no capacity")
    bench.sweep()
    bench.pass_minutes(5)
    nothing_is_left(bench)


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("StageCandidateFunctionRole", "sagemaker:CreateEndpoint"),
        ("AskGoldenFunctionRole", "sagemaker:InvokeEndpoint"),
        ("StageCandidateFunctionRole", "sagemaker:DeleteEndpoint"),
    ],
)
def test_what_may_not_be_done_rolls_back_and_names_the_permission(
    bench: Bench, role: str, action: str
) -> None:
    asked(bench, rollout=AT_ONCE)
    with without(bench.twin, Grant(role, action)) as denials:
        execution = bench.released(register(bench, RIGHT))
    assert denials
    assert row(execution) == ROLLED_BACK
    assert action in ending(execution)["reason"]
    bench.sweep()
    bench.pass_minutes(5)
    nothing_is_left(bench)


def test_an_endpoint_that_may_not_be_deleted_is_told_and_deleted_later(bench: Bench) -> None:
    asked(bench, rollout=AT_ONCE)
    with without(bench.twin, Grant("SettleReleaseFunctionRole", "sagemaker:DeleteEndpoint")) as no:
        execution = bench.released(register(bench, "wrong"))
    assert no
    assert row(execution) == ROLLED_BACK
    (name,) = rehearsals(bench)
    said = bench.events("Attention Needed")[-1]
    assert said["reason"].startswith(f"the rehearsal endpoint {name} still runs")
    bench.sweep()
    bench.sweep()
    assert rehearsals(bench) == []


def test_an_execution_that_is_stopped_leaves_no_endpoint(bench: Bench) -> None:
    asked(bench, rollout=AT_ONCE)
    release = bench.started(register(bench, RIGHT))
    bench.until_step(4)
    bench.twin.until(lambda: rehearsals(bench), 5, "the rehearsal endpoint", 5)
    bench.stop(release)
    (recovery,) = bench.recoveries()
    bench.end(recovery.arn)
    nothing_is_left(bench)
    assert bench.status == "InService"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["CreateEndpoint", "DeleteEndpoint"])
def test_a_death_at_a_call_changes_nothing(bench: Bench, call: str, after: bool) -> None:
    asked(bench, rollout=AT_ONCE)
    with killing(bench, "StageCandidate", call, after=after) as killed:
        execution = bench.released(register(bench, RIGHT))
    assert killed
    assert row(execution) == PROMOTED
    nothing_is_left(bench)


def test_a_dry_run_says_what_it_takes(bench: Bench) -> None:
    asked(bench, rollout=AT_ONCE)
    execution = bench.released_by_hand(bench.approved_unseen(), dry_run=True)
    assert row(execution) == PLANNED
    plan = ending(execution)["plan"]
    assert plan["stages"][0]["says"].startswith(f"rehearse on the endpoint {bench.endpoint}-")
    assert any("one more instance" in note for note in plan["notes"])
    nothing_is_left(bench)


def test_without_golden_requests_the_release_is_refused(bench: Bench) -> None:
    bench.policy({"rollout": AT_ONCE})
    execution = bench.released_by_hand(bench.approved_unseen())
    assert row(execution) == REFUSED
    assert "rollout.rehearse needs `golden`" in ending(execution)["reason"]
    assert not bench.exists
