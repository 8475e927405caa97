"""The twin as a whole: a template goes in, an account with a clock comes out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.twin.small_bench import START, run, small
from twin.cloud import Twin


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    with small() as running:
        yield running


def send(twin: Twin, **event: Any) -> None:
    twin.client("lambda").invoke(
        FunctionName=twin.outputs["Function"], InvocationType="Event", Payload=json.dumps(event)
    )


def test_a_role_may_do_what_its_policies_allow_and_nothing_else(twin: Twin) -> None:
    execution = twin.execution(run(twin, what="trespass"))
    assert (execution.status, execution.error) == ("FAILED", "AccessDeniedException")
    assert "AccessDenied" in execution.cause["errorMessage"]
    assert "ssm:GetParameter" in {denied.action for denied in twin.permissions.denied}


def test_the_banner_says_that_this_is_not_aws(twin: Twin) -> None:
    first, *others = twin.banner().splitlines()
    assert first == "local twin, speed 1, not AWS"
    assert any("Lambda: memory" in line for line in others)


def test_events_that_failed_wait_in_the_queue(twin: Twin) -> None:
    before = twin.queue_depth("Dead")
    send(twin, what="fail")
    twin.until(lambda: twin.queue_depth("Dead") == before + 1, 5, "a dead letter")


def test_lambda_step_functions_and_queues_publish_metrics(twin: Twin) -> None:
    run(twin)
    send(twin, what="fail")
    twin.clock.sleep(300)
    function, queue = twin.resources["Worker"], twin.resources["Dead"].rsplit("/", 1)[-1]
    machine = twin.outputs["Machine"]
    assert total(twin, "AWS/Lambda", "Errors", FunctionName=function) >= 1
    assert total(twin, "AWS/States", "ExecutionsSucceeded", StateMachineArn=machine) >= 1
    visible = "ApproximateNumberOfMessagesVisible"
    assert total(twin, "AWS/SQS", visible, QueueName=queue) >= 1


def test_metrics_in_logs_are_published(twin: Twin) -> None:
    run(twin, what="count")
    twin.clock.sleep(300)
    assert total(twin, "Shop", "Ending", Kind="good") == 7


def total(twin: Twin, namespace: str, name: str, **dimensions: str) -> float:
    answer = twin.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=int(START) // 60 * 60,
        EndTime=(int(twin.clock.now()) // 60 + 1) * 60,
        Period=60,
        Statistics=["Sum"],
    )
    return sum(float(point["Sum"]) for point in answer["Datapoints"])


def test_until_answers_what_the_predicate_answered(twin: Twin) -> None:
    begin = twin.clock.now()
    assert twin.until(lambda: twin.clock.now() > begin + 300 and "late", 10, "late") == "late"


def test_until_names_what_did_not_happen(twin: Twin) -> None:
    begin = twin.clock.now()
    with pytest.raises(TimeoutError, match="rain: not within 30 simulated minutes"):
        twin.until(lambda: False, 30, "rain")
    assert twin.clock.now() - begin == 1800
