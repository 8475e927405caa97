"""SageMaker shifts by itself: what it deploys is judged, and what has to stop is stopped."""

from typing import Any

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from twin.sagemaker.synthetic import Behaviour

WORSE = Behaviour(error_rate=0.5)
SLIGHTLY_WORSE = Behaviour(error_rate=0.04)
FORGIVING = {"margins": {"errors": 0.02}}
"""Alarms fire at ten times the margin only."""
NONE = dict.fromkeys(("steps", "step_minutes", "hold_minutes", "prove"))
"""Keys of the quick policy that only a canary reads."""


def guarded(**keys: Any) -> dict[str, Any]:
    return {"rollout": {**NONE, "strategy": "guardrail", "watch_minutes": 2, **keys}}


def shifts(bench: Bench) -> list[float]:
    """The part of the new fleet's capacity after each step, percent."""
    return [said["to_percent"] for said in bench.events("Traffic Shifted")][1:]


def has_traffic(bench: Bench) -> bool:
    return bool(shifts(bench))


@pytest.mark.parametrize(
    ("keys", "steps"),
    [
        ({"size_percent": 50, "wait_minutes": 5, "termination_minutes": 5}, [50, 100]),
        ({"traffic": "linear", "size_percent": 50, "wait_minutes": 5}, [50, 100]),
        ({"traffic": "all_at_once", "termination_minutes": 5}, [100]),
        ({"traffic": "rolling", "size_percent": 50, "wait_minutes": 5}, [50, 100]),
    ],
    ids=["canary", "linear", "all_at_once", "rolling"],
)
def test_a_good_package_is_deployed_and_promoted(
    bench: Bench, keys: dict[str, Any], steps: list[float]
) -> None:
    bench.live(**guarded(**keys))
    package = bench.register()
    execution = bench.released(package)
    assert row(execution) == PROMOTED
    assert shifts(bench) == steps
    assert bench.serving == [package]
    assert bench.alarms() == []


def test_a_package_that_fails_is_taken_back(bench: Bench) -> None:
    before = bench.live(**guarded(wait_minutes=20))
    execution = bench.released(bench.register(behaviour=WORSE))
    assert row(execution) == ROLLED_BACK
    assert bench.serving == [before]
    assert bench.alarms() == []


def test_harm_below_every_alarm_is_stopped_by_the_brake(bench: Bench) -> None:
    """Old and new fleet are compared by their configurations, and SageMaker is made to go back."""
    before = bench.live(**guarded(size_percent=50, wait_minutes=60), judge=FORGIVING)
    bench.drive(2000)
    execution = bench.released(bench.register(behaviour=SLIGHTLY_WORSE))
    assert row(execution) == ROLLED_BACK
    assert "the candidate is worse than live" in ending(execution)["reason"]
    assert shifts(bench) == [50]
    assert bench.serving == [before]


def test_a_revocation_is_an_order_to_go_back(bench: Bench) -> None:
    before = bench.live(**guarded(size_percent=50, wait_minutes=60))
    package = bench.register()
    release = bench.started(package)
    bench.twin.until(lambda: has_traffic(bench), 60, "traffic on the new fleet", 5)
    bench.twin.client("sagemaker").update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Rejected"
    )
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert ending(execution)["reason"] == "the approval was revoked"
    assert bench.serving == [before]


@pytest.mark.parametrize("tells", [True, False])
def test_what_sagemaker_undoes_by_itself_is_never_a_success(bench: Bench, tells: bool) -> None:
    before = bench.live(**guarded())
    bench.twin.faults.guardrails.tells_reason = tells
    bench.twin.faults.roll_back_next_update("no answer to /ping" if tells else None)
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    assert "SageMaker undid the deployment after" in ending(execution)["reason"]
    assert bench.serving == [before]


def test_an_execution_that_is_stopped_is_recovered(bench: Bench) -> None:
    before = bench.live(**guarded(size_percent=50, wait_minutes=60))
    release = bench.started(bench.register())
    bench.twin.until(lambda: has_traffic(bench), 60, "traffic on the new fleet", 5)
    bench.twin.client("stepfunctions").stop_execution(executionArn=release)
    (recovery,) = bench.recoveries()
    assert row(bench.end(recovery.arn))[2] == "restored"
    assert bench.serving == [before]
