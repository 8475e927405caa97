"""Real-shaped events and execution inputs, with accounts in which they mean something."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from tests.fakes.executions import PREFIX
from tests.generated.account import Document, Scene
from tests.generated.recorded import Recorded, event, package, recorded
from tests.worlds.goals import SHORT
from tests.worlds.scenes import ERRORS
from tests.worlds.world import POLICY

BARS: Document = {"metric": "binary_classification_metrics.auc", "at_least": 0.85}
REPORT = b'{"binary_classification_metrics": {"auc": {"value": 0.9}}}'
WRITTEN: Document = {
    **POLICY,
    "approval": {"mode": "manual", "unreviewed": "accept"},
    "serving": {
        **POLICY["serving"],
        "data_capture": {"percent": 100, "destination_s3_uri": "s3://sagemaker-tests/captured"},
    },
    "rollout": {
        **POLICY["rollout"],
        "on_revocation": "roll_back",
        "shadow_minutes": 60,
        "shadow_percent": 50,
    },
    "judge": {
        **POLICY["judge"],
        "agreement": {
            "at_least": 0.98,
            "min_pairs": 500,
            "compare": "number",
            "tolerance": 0.01,
            "output": "score",
        },
    },
    "lifecycle": {"staging": "Staging", "production": "Production", "retired": "Retired"},
}
STARTS = ("start_release.json", "start_dry_run.json", "start_rollback.json")


@cache
def inputs() -> Mapping[str, list[Recorded]]:
    """Function to what rules, people and the state machine's first state give it."""
    running = _account(recorded()["judge_stage"][-1].scene)
    resting = _account(recorded()["claim_endpoint"][-1].scene)
    reviewing = _account(
        resting, policy=_automatic(), package=package(ModelApprovalStatus="PendingManualApproval")
    )
    scenes = (running, resting, reviewing, _account(Scene()))
    events = {
        "review_package": (
            "package_registered.json",
            "package_approved.json",
            "package_metadata_only.json",
        ),
        "halt_release": ("alarm_fired.json", "package_rejected.json"),
        "reconcile": ("execution_ended.json", "place_due.json", "group_due.json"),
        "sweep": ("sweep_due.json",),
    }
    given = {
        name: _each([fitting(event(file)) for file in files], scenes)
        for name, files in events.items()
    }
    return given | {"resolve_request": _each([_started(event(file)) for file in STARTS], scenes)}


def fitting(document: Document) -> Document:
    """The event is about what the scenes hold: the same alarm, the same execution."""
    detail = document["detail"]
    if "alarmName" in detail:
        detail["alarmName"] = ERRORS
    if "executionArn" in detail:
        detail["executionArn"] = f"{PREFIX}e2-1"
    return document


def _started(given: Document) -> Document:
    return {
        "input": given,
        "execution": f"{PREFIX}1",
        "execution_started_at": "2026-03-02T09:15:10.123Z",
    }


def _account(scene: Scene, **other: Any) -> Scene:
    """The account with a policy, a package and its report, whatever a release left."""
    kept = {
        "policy": json.dumps(WRITTEN),
        "package": package(),
        "report": REPORT,
    }
    return replace(scene, **(kept | other))


def _automatic() -> str:
    """Decided by bars, and released as an A/B test."""
    return json.dumps(
        {**WRITTEN, "approval": {"bars": [BARS]}, "rollout": {**SHORT, "shadow_minutes": 60}}
    )


def _each(documents: list[Document], scenes: tuple[Scene, ...]) -> list[Recorded]:
    return [Recorded(document, scene) for document in documents for scene in scenes]
