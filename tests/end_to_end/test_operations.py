"""Whoever runs Penstock is called for what it could not do, not for what it did."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.alarms import state, until_state
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import NEEDS_A_PERSON, ROLLED_BACK, row
from tests.end_to_end.people import edit_endpoint
from tests.end_to_end.trouble import killing

UNFINISHED = "penstock-unfinished-releases"


def test_a_release_that_needs_a_person_fires_an_alarm(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 6})
    release = bench.started(bench.register())
    bench.until_share(50)
    edit_endpoint(bench)
    until_state(bench, UNFINISHED, "OK")
    assert row(bench.end(release)) == NEEDS_A_PERSON
    until_state(bench, UNFINISHED, "ALARM")


@pytest.mark.parametrize(
    ("function", "operation"),
    [("ResolveRequest", "DescribeModelPackage"), ("ClaimEndpoint", "GetItem")],
)
def test_a_step_that_keeps_failing_fires_an_alarm(
    bench: Bench, function: str, operation: str
) -> None:
    bench.policy()
    package = bench.approved_unseen()
    until_state(bench, UNFINISHED, "OK")
    with killing(bench, function, operation, after=False, times=4):
        bench.released_by_hand(package)
    until_state(bench, UNFINISHED, "ALARM")


def test_a_release_that_is_rolled_back_fires_none(bench: Bench) -> None:
    until_state(bench, UNFINISHED, "OK")
    bench.live()
    bench.twin.faults.roll_back_next_update()
    assert row(bench.released(bench.register())) == ROLLED_BACK
    bench.pass_minutes(10)
    assert state(bench, UNFINISHED) == "OK"


@pytest.fixture(params=[0, 420], ids=["in-time", "late"])
def lateness(bench: Bench, request: pytest.FixtureRequest) -> Iterator[None]:
    """Datapoints may come later than a whole period of the alarms."""
    late = bench.twin.cloudwatch.store.late
    late |= dict.fromkeys(("Errors", "ApproximateNumberOfMessagesVisible"), request.param)
    yield
    late.clear()


@pytest.mark.usefixtures("lateness")
def test_an_event_that_no_function_could_handle_fires_an_alarm(bench: Bench) -> None:
    for alarm in ("penstock-function-errors", "penstock-undelivered-events"):
        until_state(bench, alarm, "OK")
    detail = {"ModelPackageStatus": "Completed", "ModelApprovalStatus": "PendingManualApproval"}
    bench.twin.events.emit("aws.sagemaker", "SageMaker Model Package State Change", detail, [])
    until_state(bench, "penstock-function-errors", "ALARM")
    until_state(bench, "penstock-undelivered-events", "ALARM")
