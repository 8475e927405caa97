"""What a release stands on goes or is edited under it: a clear ending, and nothing half done."""

from typing import Any

import pytest

from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE, WINDOW
from tests.end_to_end.alarms import state, until_state
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import (
    NEEDS_A_PERSON,
    PROMOTED,
    REFUSED,
    ending,
    row,
)
from tests.end_to_end.trouble import refusing

STEPS = [STAGE, SHIFT, PROMOTE, WINDOW]
WATCHED = {"rollout": {"watch_minutes": 10}}


def edit(bench: Bench, **attributes: Any) -> None:
    """Somebody edits the gate in DynamoDB's console: attributes in DynamoDB's own form."""
    names = {f"#{name}": name for name in attributes}
    bench.twin.client("dynamodb").update_item(
        TableName=bench.twin.outputs["LedgerTableName"],
        Key=key(bench, "gate"),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()},
    )


def drop(bench: Bench, sort: str) -> None:
    """Somebody deletes an item of the ledger."""
    table = bench.twin.outputs["LedgerTableName"]
    bench.twin.client("dynamodb").delete_item(TableName=table, Key=key(bench, sort))


def key(bench: Bench, sort: str) -> dict[str, Any]:
    return {"pk": {"S": f"endpoint#{bench.endpoint}"}, "sk": {"S": sort}}


# ---- the ledger ----------------------------------------------------------------------------------


def test_an_item_of_an_older_and_of_a_newer_form_is_read(bench: Bench) -> None:
    """What an older Penstock did not write has its default; what a newer one writes stays."""
    bench.live()
    whole = bench.gate()
    drop(bench, "gate")
    assert whole.content is not None
    weights = {name: {"N": str(weight)} for name, weight in whole.content.weights.items()}
    content = {"config": {"S": whole.content.name}, "weights": {"M": weights}}
    edit(bench, kind={"S": "gate"}, endpoint={"S": bench.endpoint}, content={"M": content})
    edit(bench, invented_later={"S": "kept"})
    assert row(bench.released(bench.register())) == PROMOTED


@pytest.mark.parametrize(
    ("name", "value"),
    [("step", {"S": "ten"}), ("content", {"S": "churn-1"}), ("alarms", {"N": "1"})],
)
def test_an_attribute_of_another_type_refuses_and_names_it(
    bench: Bench, name: str, value: dict[str, str]
) -> None:
    before = bench.live()
    package = bench.approved_unseen()
    edit(bench, **{name: value})
    execution = bench.released_by_hand(package)
    assert row(execution) == REFUSED
    assert f"was edited and cannot be read: {name}" in ending(execution)["reason"]
    assert bench.serving == [before]


def test_damage_of_one_gate_is_told_once_and_keeps_no_other_waiting(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 60})
    release = bench.started(bench.register())
    bench.until_share(50)
    until_state(bench, "penstock-function-errors", "OK")
    other = Bench(bench.twin)
    other.endpoint = f"a-{bench.endpoint}"  # comes before it, whatever the order
    edit(other, kind={"S": "gate"}, endpoint={"S": other.endpoint}, step={"S": "ten"})
    bench.twin.events.weather.drop("aws.states", where=bench.concerns)
    bench.stop(release)
    assert bench.recoveries(minutes=20)
    bench.pass_minutes(32)
    assert state(bench, "penstock-function-errors") == "OK"
    told = [
        said
        for said in other.events("Attention Needed")
        if "cannot be read: step" in said["reason"]
    ]
    assert len(told) == 1
    drop(other, "gate")


def test_an_owner_that_never_was_is_taken_for_a_dead_one(bench: Bench) -> None:
    """Its release would be rolled back first, and there is nothing to go back to."""
    before = bench.live()
    nobody = f"{bench.machine.replace(':stateMachine:', ':execution:')}:nobody"
    edit(bench, owner={"S": nobody}, lease_until={"N": "9999999999999"}, step={"N": "0"})
    execution = bench.released(bench.register())
    assert row(execution) == NEEDS_A_PERSON
    assert "nothing to go back to" in ending(execution)["reason"]
    assert bench.serving == [before]


@pytest.mark.parametrize("step", STEPS)
def test_a_gate_that_goes_during_a_release_needs_a_person(bench: Bench, step: int) -> None:
    bench.live(**WATCHED)
    release = bench.started(bench.register())
    bench.until_step(step)
    drop(bench, "gate")
    execution = bench.end(release)
    assert row(execution) == NEEDS_A_PERSON
    assert "lost the gate" in ending(execution)["reason"]
    assert bench.mail("Attention Needed")
    refused = bench.released(bench.register())
    assert row(refused) == REFUSED
    assert '"adopt": true' in ending(refused)["reason"]


@pytest.mark.parametrize("step", STEPS)
def test_a_record_that_goes_during_a_release_is_not_missed(bench: Bench, step: int) -> None:
    bench.live(**WATCHED)
    package = bench.register()
    release = bench.started(package)
    gate = bench.until_step(step)
    drop(bench, f"release#{gate.release}")
    assert row(bench.end(release)) == PROMOTED
    assert (bench.serving, bench.gate().serving) == ([package], package)


def test_a_ledger_that_is_throttled_is_tried_again(bench: Bench) -> None:
    bench.live()
    code = "ProvisionedThroughputExceededException"
    with refusing(bench, "ShiftTraffic", "UpdateItem", code, times=30) as refused:
        assert row(bench.released(bench.register())) == PROMOTED
    assert len(refused) == 30


# ---- the endpoint, the policy, the package -------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_an_endpoint_that_is_deleted_needs_a_person(bench: Bench, step: int) -> None:
    bench.live(**WATCHED)
    release = bench.started(bench.register())
    bench.until_step(step)
    bench.until_status("InService")
    bench.twin.client("sagemaker").delete_endpoint(EndpointName=bench.endpoint)
    execution = bench.end(release)
    assert row(execution) == NEEDS_A_PERSON
    assert any(word in ending(execution)["reason"] for word in ("gone", "Deleting"))
    bench.twin.until(lambda: not bench.exists, 30, f"{bench.endpoint} gone")


@pytest.mark.parametrize("step", [STAGE, SHIFT, WINDOW])
def test_a_policy_that_goes_does_not_touch_what_is_planned(bench: Bench, step: int) -> None:
    bench.live(**WATCHED)
    package = bench.register()
    release = bench.started(package)
    bench.until_step(step)
    bench.twin.client("ssm").delete_parameter(Name=bench.parameter)
    assert row(bench.end(release)) == PROMOTED
    assert bench.serving == [package]


def test_a_policy_that_changes_does_not_touch_what_is_planned(bench: Bench) -> None:
    bench.live()
    package = bench.register()
    release = bench.started(package)
    bench.until_step(SHIFT)
    bench.policy({"endpoint": "another", "approval": {"bars": [{"metric": "no", "at_least": 1}]}})
    assert row(bench.end(release)) == PROMOTED


# ---- evidence and people -------------------------------------------------------------------------


def test_a_bucket_that_refuses_evidence_leaves_the_package_pending(bench: Bench) -> None:
    """No record, no decision: the sweep tries again once the bucket takes it."""
    bench.policy()
    before = bench.twin.queue_depth("FailedEventsQueue")
    with refusing(bench, "ReviewPackage", "PutObject", "AccessDenied", times=100):
        package = bench.register()
        bench.pass_minutes(6)
    assert bench.package(package)["ModelApprovalStatus"] == "PendingManualApproval"
    assert bench.twin.queue_depth("FailedEventsQueue") > before
    assert row(bench.end(bench.started(package, minutes=20))) == PROMOTED


def test_a_topic_that_refuses_is_told_by_the_sweep_and_changes_no_end(bench: Bench) -> None:
    bench.live()
    package, before = bench.register(), len(bench.mail("Release Promoted"))
    with refusing(bench, "SettleRelease", "Publish", "AuthorizationError", times=100) as refused:
        assert row(bench.released(package)) == PROMOTED
    assert len(refused) == 1
    assert (bench.serving, bench.gate().serving, bench.gate().owner) == ([package], package, None)
    bench.pass_minutes(16)
    assert len(bench.mail("Release Promoted")) == before + 1
    assert not bench.gate().untold
