"""Asynchronous invocations: tries, ages, destinations."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.twin.running_bench import FUNCTION, Bench, bench
from twin.core.hooks import NotSupportedByTwin

SQS = "arn:aws:sqs:eu-west-1:123456789012:"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def configure(aws: Bench, **config: Any) -> None:
    aws.client("lambda").put_function_event_invoke_config(FunctionName="work", **config)


def failures_to(aws: Bench, name: str) -> tuple[str, dict[str, Any]]:
    url = aws.queue(name)
    return url, {"DestinationConfig": {"OnFailure": {"Destination": SQS + name}}}


def test_the_caller_does_not_wait(aws: Bench) -> None:
    aws.send(do="sleep", seconds=10)
    assert aws.functions.queue.open == 1
    aws.clock.sleep(11)
    assert aws.functions.queue.open == 0


def test_two_more_tries_after_one_and_two_minutes_and_then_the_destination(aws: Bench) -> None:
    url, config = failures_to(aws, "dead")
    configure(aws, **config)
    aws.send(do="fail")
    aws.clock.sleep(179)
    assert aws.bodies(url) == []
    aws.clock.sleep(3)
    (record,) = (json.loads(body) for body in aws.bodies(url))
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"] == FUNCTION
    assert record["requestPayload"] == {"do": "fail"}
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_every_try_has_the_same_request_id(aws: Bench) -> None:
    queue = aws.queue("calls")
    aws.send(do="call", queue=queue, bodies=["a", 1])  # the second call is refused
    aws.clock.sleep(200)
    assert len({call.request_id for call in aws.functions.calls.log}) == 1


def test_fewer_tries_may_be_configured(aws: Bench) -> None:
    url, config = failures_to(aws, "dead")
    configure(aws, MaximumRetryAttempts=0, **config)
    aws.send(do="fail")
    aws.clock.sleep(1)
    assert len(aws.bodies(url)) == 1


def test_an_event_that_grew_too_old_is_not_tried_again(aws: Bench) -> None:
    url, config = failures_to(aws, "dead")
    configure(aws, MaximumEventAgeInSeconds=90, **config)
    aws.send(do="fail")
    aws.clock.sleep(200)
    (record,) = (json.loads(body) for body in aws.bodies(url))
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 2


def test_a_configuration_holds_for_its_own_qualifier_only(aws: Bench) -> None:
    url, config = failures_to(aws, "dead")
    client = aws.client("lambda")
    client.publish_version(FunctionName="work")
    client.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    configure(aws, Qualifier="live", MaximumRetryAttempts=0, **config)
    aws.send(do="fail")
    aws.send(f"{FUNCTION}:live", do="fail")
    aws.clock.sleep(600)
    (record,) = (json.loads(body) for body in aws.bodies(url))
    assert record["requestContext"]["functionArn"] == f"{FUNCTION}:live"


def test_without_concurrency_events_go_straight_to_the_destination(aws: Bench) -> None:
    url, config = failures_to(aws, "dead")
    configure(aws, **config)
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    aws.send(do="echo")
    aws.clock.sleep(1)
    (record,) = (json.loads(body) for body in aws.bodies(url))
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"


def test_a_throttled_event_waits_and_runs_in_the_end(aws: Bench) -> None:
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=1)
    aws.send(do="sleep", seconds=15)
    aws.clock.sleep(1)
    aws.send(do="say", words="at last")
    aws.clock.sleep(10)
    assert "at last" not in aws.functions.log("work")
    aws.clock.sleep(30)
    assert "at last" in aws.functions.log("work")


def test_success_may_have_a_destination_too(aws: Bench) -> None:
    url = aws.queue("done")
    configure(aws, DestinationConfig={"OnSuccess": {"Destination": f"{SQS}done"}})
    aws.send(do="echo")
    aws.clock.sleep(1)
    (record,) = (json.loads(body) for body in aws.bodies(url))
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"do": "echo"}


def test_a_topic_may_be_the_destination(aws: Bench) -> None:
    url = aws.queue("listens")
    topic = aws.client("sns").create_topic(Name="failures")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{SQS}listens")
    config = {"DestinationConfig": {"OnFailure": {"Destination": topic}}}
    configure(aws, MaximumRetryAttempts=0, **config)
    aws.send(do="fail")
    aws.clock.sleep(1)
    (note,) = (json.loads(body) for body in aws.bodies(url))
    condition = json.loads(note["Message"])["requestContext"]["condition"]
    assert condition == "RetriesExhausted"


def test_an_event_without_a_reachable_destination_is_lost_and_noted(aws: Bench) -> None:
    config = {"DestinationConfig": {"OnFailure": {"Destination": f"{SQS}nowhere"}}}
    configure(aws, MaximumRetryAttempts=0, **config)
    aws.send(do="fail")
    aws.clock.sleep(1)
    ((event, error),) = aws.functions.queue.undelivered
    assert event.body == b'{"do": "fail"}'
    assert "NonExistentQueue" in error


def test_other_destinations_are_not_supported(aws: Bench) -> None:
    with pytest.raises(NotSupportedByTwin, match="other than SQS and SNS"):
        configure(aws, DestinationConfig={"OnFailure": {"Destination": FUNCTION}})
