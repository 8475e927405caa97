"""Judged minutes are kept: the fake and the adapter on S3 keep one contract."""

import json
from typing import Any, Protocol

import boto3
import pytest

from penstock.adapters.archive import S3Archive
from penstock.domain.errors import NotKept
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.transcript import Transcript
from penstock.ports.evidence import Archive
from tests.fakes.archive import FakeArchive


class World(Protocol):
    archive: Archive

    def transcript(self) -> Transcript: ...

    def close(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeArchive()
        self.archive: Archive = self.fake

    def transcript(self) -> Transcript:
        return self.fake.transcript("churn", "0123456789")

    def close(self) -> None:
        self.fake.closed = True


class S3World:
    def __init__(self) -> None:
        self.client: Any = boto3.client("s3", "eu-west-1")
        region: Any = {"LocationConstraint": "eu-west-1"}
        self.client.create_bucket(Bucket="evidence", CreateBucketConfiguration=region)
        self.archive: Archive = S3Archive(self.client, "evidence")

    def transcript(self) -> Transcript:
        key = "releases/churn/0123456789/minutes.json"
        found = self.client.get_object(Bucket="evidence", Key=key)["Body"].read()
        document: Transcript = json.loads(found)
        return document

    def close(self) -> None:
        self.archive = S3Archive(self.client, "gone")


@pytest.fixture(params=[FakeWorld, S3World])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    del aws
    made: World = request.param()
    return made


def minute(number: int, live: float = 570) -> Minute:
    return Minute(number, 0.05, {"errors": Counts(live, 1, 30, 3)})


def kept(world: World) -> list[tuple[int, float]]:
    written = world.transcript()["minutes"]
    return [(each["minute"], each["metrics"]["errors"]["nb"]) for each in written]


def test_minutes_are_kept_as_replay_reads_them(world: World) -> None:
    world.archive.add("churn", "0123456789", [minute(7)], more=False)
    counts = {"nb": 570, "xb": 1, "nc": 30, "xc": 3}
    assert world.transcript() == {
        "minutes": [{"minute": 7, "weight": 0.05, "metrics": {"errors": counts}}]
    }


def test_later_minutes_follow(world: World) -> None:
    world.archive.add("churn", "0123456789", [minute(7), minute(8)], more=False)
    world.archive.add("churn", "0123456789", [minute(10)], more=True)
    assert kept(world) == [(7, 570), (8, 570), (10, 570)]


def test_what_is_added_twice_is_there_once_as_it_was_added_last(world: World) -> None:
    world.archive.add("churn", "0123456789", [minute(7), minute(8)], more=False)
    world.archive.add("churn", "0123456789", [minute(8, 1), minute(9, 1)], more=True)
    world.archive.add("churn", "0123456789", [minute(8, 2)], more=True)
    assert kept(world) == [(7, 570), (8, 2)]


def test_what_is_not_kept_says_so(world: World) -> None:
    world.close()
    with pytest.raises(NotKept):
        world.archive.add("churn", "0123456789", [minute(7)], more=False)


def test_minutes_of_a_shadow_are_kept_apart(world: World) -> None:
    world.archive.add("churn", "0123456789", [Minute(0, 0.1, {})], more=False)
    world.archive.add("churn", "0123456789", [Minute(1, 0.0, {})], more=False, name="shadow")
    assert [each["minute"] for each in world.transcript()["minutes"]] == [0]


def test_a_note_is_read_as_it_was_stored(world: World) -> None:
    world.archive.note("churn", "0123456789", "agreement", {"pairs": 1})
    world.archive.note("churn", "0123456789", "agreement", {"pairs": 2, "of": ["a"]})
    found = world.archive.read_note("churn", "0123456789", "agreement")
    assert found == {"pairs": 2, "of": ["a"]}


def test_a_note_that_is_not_there_cannot_be_read(world: World) -> None:
    with pytest.raises(NotKept):
        world.archive.read_note("churn", "0123456789", "agreement")
