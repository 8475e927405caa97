"""The example of a client that publishes outcomes: what it writes, CloudWatch makes metrics of."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from examples.ab_client.outcomes import MOST_VALUES, Goal, Outcome, Served, TooLate
from examples.ab_client.shop import CONVERTED, Unanswered, Visits, publish, recommend
from penstock.domain.policy.goal import GoalSection
from tests.worlds.goals import GOAL

NOW = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)
KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
HOUR = timedelta(hours=1)


def served(minutes_ago: float = 0, variant: str = "live") -> Served:
    return Served("churn", variant, NOW - timedelta(minutes=minutes_ago))


def lines(*outcomes: Outcome, goal: Goal = CONVERTED) -> list[dict[str, Any]]:
    return [json.loads(line) for line in goal.lines(outcomes, NOW)]


def test_a_line_is_a_metric_at_the_time_of_the_request() -> None:
    (line,) = lines(Outcome(served(90, "candidate"), 1))
    assert line == {
        "_aws": {
            "Timestamp": round(datetime(2026, 3, 4, 10, 30, tzinfo=UTC).timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Shop",
                    "Dimensions": [["EndpointName", "VariantName"]],
                    "Metrics": [{"Name": "Converted"}],
                }
            ],
        },
        "EndpointName": "churn",
        "VariantName": "candidate",
        "Converted": [1.0],
    }


def test_its_dimensions_are_those_of_a_policy_that_names_none() -> None:
    written = {key: value for key, value in GOAL.items() if key != "dimensions"}
    goal = GoalSection.model_validate(written)
    line = lines(Outcome(served(), 0))[0]
    assert (goal.namespace, goal.metric) == (CONVERTED.namespace, CONVERTED.metric)
    assert {*goal.dimensions} == {*line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]}


def test_what_belongs_to_a_minute_and_variant_is_one_line() -> None:
    found = lines(
        Outcome(served(5), 1),
        Outcome(served(5, "candidate"), 1),
        Outcome(served(5.2), 0),
        Outcome(served(7), 0),
    )
    assert [(each["VariantName"], each["Converted"]) for each in found] == [
        ("candidate", [1.0]),
        ("live", [0.0]),
        ("live", [1.0, 0.0]),
    ]


def test_a_line_has_as_many_values_as_cloudwatch_takes() -> None:
    found = lines(*[Outcome(served(5), 1)] * (MOST_VALUES + 3))
    assert [len(each["Converted"]) for each in found] == [MOST_VALUES, 3]


def test_times_of_any_zone_are_the_same_minute() -> None:
    there = served(5).at.astimezone(timezone(timedelta(hours=-7)))
    (line,) = lines(Outcome(served(5), 1), Outcome(served(5)._replace(at=there), 1))
    assert line["Converted"] == [1.0, 1.0]


def test_two_weeks_later_it_is_too_late() -> None:
    assert lines(Outcome(served(14 * 24 * 60), 1))
    with pytest.raises(TooLate, match="more than two weeks ago"):
        lines(Outcome(served(14 * 24 * 60 + 1), 1))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_outcome_is_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        lines(Outcome(served(), value))


def test_a_request_is_not_in_the_future() -> None:
    with pytest.raises(ValueError, match="ahead of now"):
        lines(Outcome(served(-5), 1))


@pytest.fixture
def runtime() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("sagemaker-runtime", "eu-west-1", **KEYS)
    with Stubber(client) as stubber:
        yield client, stubber


def test_the_answer_names_its_variant(runtime: tuple[Any, Stubber]) -> None:
    client, stubber = runtime
    expected = {"EndpointName": "churn", "ContentType": "text/csv", "Body": "1,2"}
    body = StreamingBody(io.BytesIO(b"0.7"), 3)
    answer = {"Body": body, "InvokedProductionVariant": "candidate"}
    stubber.add_response("invoke_endpoint", answer, expected)
    assert recommend(client, "churn", "1,2", NOW) == ("0.7", Served("churn", "candidate", NOW))


def test_without_a_variant_there_is_no_outcome(runtime: tuple[Any, Stubber]) -> None:
    client, stubber = runtime
    stubber.add_response("invoke_endpoint", {"Body": StreamingBody(io.BytesIO(b""), 0)})
    with pytest.raises(Unanswered):
        recommend(client, "churn", "1,2", NOW)


def test_every_visit_has_one_outcome_in_the_end() -> None:
    visits, written = Visits(HOUR), list[str]()
    visits.began("ana", served(70))
    visits.began("bo", served(70, "candidate"))
    visits.began("bo", served(60, "live"))
    visits.began("cem", served(10))
    publish(visits.ordered("bo"), NOW, written.append)
    publish(visits.ordered("bo"), NOW, written.append)
    publish(visits.settled(NOW), NOW, written.append)
    found = [json.loads(line) for line in written]
    assert [(each["VariantName"], each["Converted"]) for each in found] == [
        ("candidate", [1.0]),
        ("live", [0.0]),
    ]
    assert list(visits.waiting) == ["cem"]
