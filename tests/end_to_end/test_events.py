"""Every event may come twice, late, out of order or never: content decides, and sweeps find."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.bench import BAD, Bench, specification
from tests.end_to_end.endings import NOTHING_TO_DO, PROMOTED, RESTORED, ROLLED_BACK, ending, row
from tests.end_to_end.nonsense import (
    CLOUDWATCH,
    MALFORMED,
    PACKAGE_CHANGED,
    PENDING,
    SAGEMAKER,
    STATES,
)
from tests.end_to_end.policies import Document
from twin.eventbridge.event_forms import Forms

LONG = {"rollout": {"step_minutes": 60}}
Where = Callable[[Mapping[str, Any]], bool]


def having(bench: Bench, **fields: str) -> Where:
    """Events about this test whose detail has these fields."""
    return lambda detail: bench.concerns(detail) and fields.items() <= detail.items()


def reviews(bench: Bench, package: str) -> int:
    """How often review_package looked at a package."""
    looked = {
        call.request_id
        for call in bench.twin.functions.calls.log
        if call.function == "penstock-ReviewPackage"
        and call.parameters.get("ModelPackageName") == package
    }
    return len(looked)


# ---- three times -----------------------------------------------------------------------------


def test_a_registration_told_three_times_is_decided_once(bench: Bench) -> None:
    bench.policy()
    where = having(bench, ModelApprovalStatus="PendingManualApproval")
    bench.twin.events.weather.duplicate(SAGEMAKER, copies=2, where=where)
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    assert reviews(bench, package) == 3
    assert len(bench.events("Model Package Reviewed")) == 1


def test_an_approval_told_three_times_is_released_once(bench: Bench) -> None:
    bench.policy()
    where = having(bench, ModelApprovalStatus="Approved")
    bench.twin.events.weather.duplicate(SAGEMAKER, copies=2, seconds_apart=70, where=where)
    package = bench.register()
    bench.released(package)
    ends = [row(bench.end(each.arn)) for each in bench.executions(package)]
    assert sorted(ends) == sorted([PROMOTED, NOTHING_TO_DO, NOTHING_TO_DO])
    assert [record.state for record in bench.records()] == ["promoted"]


def test_an_alarm_told_three_times_rolls_back_once(bench: Bench) -> None:
    bench.live(**LONG)
    bench.twin.events.weather.duplicate(CLOUDWATCH, copies=2, seconds_apart=40)
    assert row(bench.released(bench.register(behaviour=BAD))) == ROLLED_BACK
    bench.pass_minutes(3)
    assert len(bench.events("Release Rolled Back")) == 1
    assert bench.gate().halt is None


def test_a_death_told_three_times_at_once_is_recovered_once(bench: Bench) -> None:
    before = bench.live(**LONG)
    bench.twin.events.weather.duplicate(STATES, copies=2, seconds_apart=0, where=bench.concerns)
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.stop(release)
    ends = sorted(row(bench.end(each.arn)) for each in bench.recoveries())
    assert RESTORED in ends
    assert set(ends) <= {RESTORED, NOTHING_TO_DO}
    assert (bench.serving, bench.gate().attention) == ([before], None)


# ---- late and out of order -------------------------------------------------------------------


def test_a_late_approval_of_what_a_sweep_has_found_has_nothing_to_do(bench: Bench) -> None:
    bench.policy()
    where = having(bench, ModelApprovalStatus="Approved")
    bench.twin.events.weather.delay(SAGEMAKER, seconds=45 * 60, where=where)
    package = bench.register()
    assert row(bench.end(bench.started(package, minutes=20))) == PROMOTED
    bench.twin.until(lambda: len(bench.executions(package)) > 1, 60, "the late event")
    assert row(bench.end(bench.executions(package)[1].arn)) == NOTHING_TO_DO
    assert bench.serving == [package]


def test_approvals_out_of_order_leave_the_newest_serving(bench: Bench) -> None:
    bench.live()
    where = having(bench, ModelApprovalStatus="Approved")
    bench.twin.events.weather.delay(SAGEMAKER, seconds=13 * 60, where=where, times=1)
    older = bench.register()
    bench.pass_minutes(1)
    newer = bench.register()
    assert row(bench.released(newer)) == PROMOTED
    assert row(bench.end(bench.started(older, 60))) == NOTHING_TO_DO
    assert bench.serving == [newer]


# ---- never -----------------------------------------------------------------------------------


def test_the_sweep_finds_a_lost_registration(bench: Bench) -> None:
    bench.policy()
    where = having(bench, ModelApprovalStatus="PendingManualApproval")
    bench.twin.events.weather.drop(SAGEMAKER, where=where)
    package = bench.register()
    assert row(bench.end(bench.started(package, minutes=20))) == PROMOTED


def test_the_sweep_finds_a_lost_approval(bench: Bench) -> None:
    bench.live()
    bench.twin.events.weather.drop(SAGEMAKER, where=having(bench, ModelApprovalStatus="Approved"))
    package = bench.register()
    assert row(bench.end(bench.started(package, minutes=20))) == PROMOTED


def test_the_judge_sees_an_alarm_whose_event_is_lost(bench: Bench) -> None:
    bench.live(**LONG)
    bench.twin.events.weather.drop(CLOUDWATCH)
    execution = bench.released(bench.register(behaviour=BAD))
    assert row(execution) == ROLLED_BACK
    assert "-errors fired" in ending(execution)["reason"]


def test_the_sweep_finds_a_release_whose_death_was_not_told(bench: Bench) -> None:
    before = bench.live(**LONG)
    bench.twin.events.weather.drop(STATES, where=bench.concerns)
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.stop(release)
    bench.sweep()
    assert row(bench.end(bench.recoveries()[0].arn)) == RESTORED
    assert bench.serving == [before]


def test_the_sweep_finds_a_lost_revocation(bench: Bench) -> None:
    bench.live(**LONG)
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    bench.twin.events.weather.drop(SAGEMAKER, where=having(bench, ModelApprovalStatus="Rejected"))
    bench.decide(package, "Rejected")
    assert row(bench.end(release)) == ROLLED_BACK


# ---- events that ask for nothing ---------------------------------------------------------------


def test_a_metadata_only_event_starts_nothing(bench: Bench) -> None:
    package = bench.live()
    begun = len(bench.executions())
    bench.twin.client("sagemaker").update_model_package(
        ModelPackageArn=package, CustomerMetadataProperties={"owner": "somebody"}
    )
    bench.pass_minutes(2)
    assert (len(bench.executions()), reviews(bench, package)) == (begun, 1)


def test_the_review_does_not_react_to_its_own_write(bench: Bench) -> None:
    bench.policy({"approval": {"mode": "manual"}})
    package = bench.register()
    bench.until_event("Model Package Reviewed")
    bench.pass_minutes(2)
    assert bench.package(package)["ApprovalDescription"]
    assert reviews(bench, package) == 1


def test_a_revocation_stops_the_release(bench: Bench) -> None:
    before = bench.live(**LONG)
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    bench.decide(package, "Rejected")
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert "the approval was revoked" in ending(execution)["reason"]
    assert bench.serving == [before]


def test_a_revocation_in_the_watch_window_goes_back(bench: Bench) -> None:
    before = bench.live(rollout={"watch_minutes": 60})
    package = bench.register()
    release = bench.started(package)
    bench.until_step(WINDOW)
    bench.decide(package, "Rejected")
    assert row(bench.end(release)) == ROLLED_BACK
    assert bench.serving == [before]


# ---- forms that AWS leaves open ------------------------------------------------------------------

FORMS = [
    Forms(absent="null"),
    Forms(absent="empty", times="left out"),
    Forms(absent="null", times="epoch ms"),
    Forms(times="null"),
    Forms(absent="empty", times="epoch s"),
]


@pytest.mark.parametrize("forms", FORMS, ids=str)
def test_a_registration_is_reviewed_and_released_by_its_events(bench: Bench, forms: Forms) -> None:
    bench.policy()
    bench.twin.events.weather.forms = forms
    package = bench.register()
    bench.twin.until(lambda: bool(bench.executions(package)), 2, "the start, before any sweep")
    assert row(bench.released(package)) == PROMOTED
    assert (len(bench.executions(package)), reviews(bench, package)) == (1, 1)


@pytest.mark.parametrize("forms", FORMS, ids=str)
def test_a_package_registered_as_approved_is_released_by_its_event(
    bench: Bench, forms: Forms
) -> None:
    """Its review writes on it, and that event starts nothing."""
    bench.policy()
    bench.twin.events.weather.forms = forms
    package = bench.register(ModelApprovalStatus="Approved")
    bench.twin.until(lambda: bool(bench.executions(package)), 2, "the start, before any sweep")
    assert row(bench.released(package)) == PROMOTED
    bench.pass_minutes(2)
    assert len(bench.executions(package)) == 1
    assert bench.package(package)["CustomerMetadataProperties"]["penstock.decision"] == "approved"


def test_a_package_is_reviewed_when_its_specification_comes(bench: Bench) -> None:
    """The SDK and MLflow register first and add it later; the event of the edit suffices."""
    bench.policy()
    package = bench.register(InferenceSpecification=None)
    bench.pass_minutes(1)
    assert bench.package(package)["ModelApprovalStatus"] == "PendingManualApproval"
    bench.twin.client("sagemaker").update_model_package(
        ModelPackageArn=package,
        InferenceSpecification=specification(f"{bench.group}/1/model.tar.gz"),
    )
    bench.twin.until(lambda: bool(bench.executions(package)), 2, "the start, before any sweep")
    assert row(bench.released(package)) == PROMOTED


# ---- malformed and foreign ---------------------------------------------------------------------


@pytest.mark.parametrize(("source", "detail_type", "detail"), MALFORMED)
def test_a_malformed_event_goes_to_the_queue_of_failed_events(
    bench: Bench, source: str, detail_type: str, detail: Document
) -> None:
    before = bench.twin.queue_depth("FailedEventsQueue")
    bench.twin.events.emit(source, detail_type, detail, [])

    def queued() -> bool:
        return bench.twin.queue_depth("FailedEventsQueue") == before + 1

    bench.twin.until(queued, 10, "the failed event")


def test_an_event_about_no_package_is_passed_over(bench: Bench) -> None:
    before = bench.twin.queue_depth("FailedEventsQueue")
    nonsense = {**PENDING, "ModelPackageArn": f"nonsense/{bench.group}/1"}
    bench.twin.events.emit(SAGEMAKER, PACKAGE_CHANGED, nonsense, [])
    bench.pass_minutes(10)
    assert bench.twin.queue_depth("FailedEventsQueue") == before
    assert bench.said() == []


def test_an_event_of_another_source_does_nothing(bench: Bench) -> None:
    bench.policy()
    package = bench.approved_unseen()
    detail = {
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "ModelPackageArn": package,
    }
    entry = {"Source": "shop", "DetailType": PACKAGE_CHANGED}
    entries = [{**entry, "Detail": json.dumps(detail)}]
    bench.twin.client("events").put_events(Entries=entries)
    bench.pass_minutes(1)
    assert (bench.executions(), bench.said()) == ([], [])


@pytest.mark.parametrize("approval", ["Approved", "Rejected", "PendingManualApproval"])
def test_an_event_that_another_account_forwards_does_nothing(bench: Bench, approval: str) -> None:
    """No failed execution, no mail, nothing in a queue."""
    bench.live()
    begun, mailed = len(bench.executions()), len(bench.mail())
    theirs = f"arn:aws:sagemaker:eu-west-1:210987654321:model-package/{bench.group}/7"
    detail = PENDING | {"ModelApprovalStatus": approval, "ModelPackageArn": theirs}
    event = {
        "source": SAGEMAKER,
        "detail-type": PACKAGE_CHANGED,
        "account": "210987654321",
        "detail": detail,
    }
    before = bench.twin.queue_depth("FailedEventsQueue")
    bench.twin.events.publish(event)
    bench.pass_minutes(10)
    assert (len(bench.executions()), len(bench.mail())) == (begun, mailed)
    assert bench.twin.queue_depth("FailedEventsQueue") == before
