"""What the twin replaces in moto's EventBridge: still there, and still needed."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.events.models import EventsBackend, Rule

from tests.twin.stack_bench import MOTO, keys_of_operator
from twin.core.account import REGION

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    keys_of_operator(monkeypatch)
    with mock_aws(config=MOTO):
        yield boto3.client("events", region_name=REGION)


def test_the_hooked_names_exist() -> None:
    for name in ("put_events", "put_rule", "put_targets"):
        assert callable(getattr(EventsBackend, name))
    assert callable(Rule.send_to_targets)


def test_stock_moto_cannot_deliver_to_a_function(events: Any) -> None:
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": FUNCTION}])
    with pytest.raises(NotImplementedError):
        events.put_events(Entries=[{"Source": "shop", "DetailType": "Sale", "Detail": "{}"}])


def test_stock_moto_accepts_events_of_aws_services(events: Any) -> None:
    entry = {"Source": "aws.sagemaker", "DetailType": "x", "Detail": "{}"}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_stock_moto_accepts_unknown_operators(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=json.dumps({"source": [{"regex": "x"}]}))


def test_stock_moto_accepts_wrong_plurals_of_rates(events: Any) -> None:
    events.put_rule(Name="r", ScheduleExpression="rate(1 minutes)")


def test_stock_moto_does_not_match_objects_in_arrays(events: Any) -> None:
    events.put_rule(Name="r", EventPattern='{"detail": {"a": {"k": ["x"]}}}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": FUNCTION}])
    detail = json.dumps({"a": [{"k": "x"}]})
    # A match would raise NotImplementedError, as above.
    events.put_events(Entries=[{"Source": "shop", "DetailType": "Sale", "Detail": detail}])
