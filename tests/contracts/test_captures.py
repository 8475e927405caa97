"""Files of data capture: the fake, and the adapter on moto's S3 and on what the twin captured."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.s3.models import s3_backends

from penstock.adapters import captures as adapter
from penstock.adapters.captures import S3Captures
from penstock.domain.errors import Denied, Missing, Unavailable
from penstock.ports.captures import Captures
from tests.fakes.captures import FakeCaptures, File, captured

URI = "s3://captured/of/endpoints"
NOON = round(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000


class World(Protocol):
    """Files that were delivered."""

    captures: Captures

    def put(self, variant: str, written: int, *lines: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeCaptures(most=adapter.MOST_FILES)
        self.captures: Captures = self.fake

    def put(self, variant: str, written: int, *lines: str) -> None:
        self.fake.files.append(File("churn", variant, written, lines))


class MotoWorld:
    """S3 notes when an object was written; the tests say it."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="captured")
        self.captures: Captures = S3Captures(self.s3)
        self._made = 0

    def put(self, variant: str, written: int, *lines: str) -> None:
        self._made += 1
        at = datetime.fromtimestamp(written / 1000, UTC)
        key = f"of/endpoints/churn/{variant}/{at:%Y/%m/%d/%H}/{self._made:04}.jsonl"
        body = "".join(f"{line}\n" for line in lines).encode()
        self.s3.put_object(Bucket="captured", Key=key, Body=body)
        backend: Any = s3_backends["123456789012"]["aws"]
        backend.buckets["captured"].keys[key].last_modified = at.replace(tzinfo=None)


@pytest.fixture(params=["fake", "moto"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with mock_aws():
        yield MotoWorld()


def read(world: World, first: int, now: int, variant: str = "live") -> Sequence[str]:
    return world.captures.read(URI, "churn", variant, first, now).lines


def test_the_lines_of_one_variant_are_read_oldest_files_first(world: World) -> None:
    one, two = captured("1", "a", NOON), captured("2", "b", NOON)
    world.put("live", NOON + 2 * MINUTE, two)
    world.put("live", NOON + MINUTE, one, one)
    world.put("candidate", NOON + MINUTE, two)
    assert read(world, NOON, NOON + 5 * MINUTE) == [one, one, two]
    assert read(world, NOON, NOON + 5 * MINUTE, "candidate") == [two]


def test_files_from_before_are_left_out(world: World) -> None:
    world.put("live", NOON, captured("1", "a", NOON))
    world.put("live", NOON + MINUTE, captured("2", "b", NOON))
    assert len(read(world, NOON + 1000, NOON + 5 * MINUTE)) == 1


def test_every_hour_since_then_is_looked_at(world: World) -> None:
    world.put("live", NOON - MINUTE, captured("1", "a", NOON))
    world.put("live", NOON + MINUTE, captured("2", "b", NOON))
    assert len(read(world, NOON - 5 * MINUTE, NOON + 5 * MINUTE)) == 2


def test_nothing_was_delivered(world: World) -> None:
    found = world.captures.read(URI, "churn", "live", NOON, NOON + MINUTE)
    assert (list(found.lines), found.whole) == ([], True)


def test_more_files_than_can_be_read_are_left_out_and_that_is_said(world: World) -> None:
    for n in range(adapter.MOST_FILES + 1):
        world.put("live", NOON + n * 1000, captured(str(n), str(n), NOON))
    found = world.captures.read(URI, "churn", "live", NOON, NOON + 5 * MINUTE)
    assert (len(found.lines), found.whole) == (adapter.MOST_FILES, False)


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDenied", Denied), ("NoSuchBucket", Missing), ("SlowDown", Unavailable)],
)
def test_what_s3_refuses_is_an_error_of_the_tree(code: str, error: type[Exception]) -> None:
    client = boto3.Session("key", "secret", region_name="eu-west-1").client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("list_objects_v2", code, http_status_code=403)
        with pytest.raises(error):
            S3Captures(client).read(URI, "churn", "live", NOON, NOON + MINUTE)


def test_a_line_is_read_whatever_bytes_are_in_it(world: World) -> None:
    line = captured("\N{LINE SEPARATOR}", "a", NOON).replace("\\u2028", "\u2028")
    assert len(line.splitlines()) > 1
    world.put("live", NOON, line)
    assert read(world, NOON, NOON + MINUTE) == [line]
