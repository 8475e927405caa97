"""The announcer: the bus hears everything, people hear what is for them."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.announcer import BusAnnouncer
from penstock.domain.errors import Unavailable
from penstock.domain.execution.announcements import Announcement, ReleasePromoted, TrafficShifted
from penstock.ports.people import Announcer
from tests.fakes.announcer import FakeAnnouncer

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:penstock"
SHIFTED = TrafficShifted(
    endpoint="churn", model_package_arn=ARN, reason="it looks well", from_percent=0, to_percent=5
)
PROMOTED = ReleasePromoted(endpoint="churn", model_package_arn=ARN, reason="every step passed")


class Ears(NamedTuple):
    """An announcer, and what arrived on the bus and with people."""

    announcer: Announcer
    fake: FakeAnnouncer | None = None
    queues: Any = None
    urls: tuple[str, str] = ("", "")

    def on_the_bus(self) -> list[str]:
        if self.fake:
            return self.fake.types
        return [body["detail-type"] for body in self._bodies(self.urls[0])]

    def with_people(self) -> list[str]:
        if self.fake:
            return self.fake.for_people
        return [body["Message"] for body in self._bodies(self.urls[1])]

    def _bodies(self, url: str) -> list[dict[str, Any]]:
        found = self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def with_queues() -> Ears:
    """The bus and the topic both lead into queues, so that a test can listen."""
    region = "eu-west-1"
    events = boto3.client("events", region_name=region)
    sns, sqs = boto3.client("sns", region_name=region), boto3.client("sqs", region_name=region)
    bus, people = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("bus", "people"))
    arns = [f"arn:aws:sqs:{region}:123456789012:{name}" for name in ("bus", "people")]
    events.put_rule(Name="all", EventPattern='{"source": ["penstock"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "bus", "Arn": arns[0]}])
    topic = sns.create_topic(Name="penstock")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns[1])
    return Ears(BusAnnouncer(events, sns, topic), queues=sqs, urls=(bus, people))


def with_memory() -> Ears:
    fake = FakeAnnouncer()
    return Ears(fake, fake=fake)


@pytest.fixture(params=[with_memory, with_queues])
def ears(request: pytest.FixtureRequest, aws: None) -> Ears:
    make: Callable[[], Ears] = request.param
    return make()


@pytest.mark.parametrize(("announcement", "people"), [(SHIFTED, 0), (PROMOTED, 1)])
def test_everything_is_for_the_bus_and_endings_are_for_people(
    ears: Ears, announcement: Announcement, people: int
) -> None:
    ears.announcer.announce(announcement)
    assert ears.on_the_bus() == [announcement.detail_type]
    assert ears.with_people() == [announcement.text()] * people


@pytest.fixture
def stubs(aws: None) -> Iterator[tuple[BusAnnouncer, Stubber, Stubber]]:
    events, sns = boto3.client("events"), boto3.client("sns")
    with Stubber(events) as bus, Stubber(sns) as people:
        yield BusAnnouncer(events, sns, TOPIC), bus, people
        bus.assert_no_pending_responses()
        people.assert_no_pending_responses()


def test_the_entry_is_complete(stubs: tuple[BusAnnouncer, Stubber, Stubber]) -> None:
    announcer, bus, people = stubs
    entry = {
        "Source": "penstock",
        "DetailType": "Release Promoted",
        "Detail": PROMOTED.model_dump_json(),
        "Resources": [ARN],
    }
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    bus.add_response("put_events", answer, {"Entries": [entry]})
    message = {
        "TopicArn": TOPIC,
        "Subject": "Penstock: Release Promoted: churn",
        "Message": PROMOTED.text(),
    }
    people.add_response("publish", {"MessageId": "1"}, message)
    announcer.announce(PROMOTED)


def test_an_entry_that_the_bus_refuses_is_an_error_and_nobody_is_told_yet(
    stubs: tuple[BusAnnouncer, Stubber, Stubber],
) -> None:
    announcer, bus, _ = stubs
    failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
    bus.add_response("put_events", {"FailedEntryCount": 1, "Entries": [failed]})
    with pytest.raises(Unavailable, match=r"slow down \(ThrottlingException\)"):
        announcer.announce(PROMOTED)
