"""Reports and artefacts: the fake and the adapter on moto keep one contract."""

import hashlib
from collections.abc import Callable
from typing import Protocol

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.reports import LARGEST_REPORT, S3Reports
from penstock.domain.errors import Missing, NoVerdict, Unavailable, UnreadableNow
from penstock.domain.policy.s3_uri import S3Location, parse_s3_uri
from penstock.ports.registry import Reports
from tests.fakes.reports import FakeReports

URI = "s3://models/churn/7/evaluation.json"
DATA = b'{"auc": 0.9}'
DIGEST = hashlib.sha256(DATA).hexdigest()


class World(Protocol):
    """Reports and a way to upload."""

    reports: Reports

    def put(self, uri: str, data: bytes) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeReports()
        self.reports: Reports = self.fake

    def put(self, uri: str, data: bytes) -> None:
        self.fake.put(uri, data)


class MotoWorld:
    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="models")
        self.reports: Reports = S3Reports(self.s3)

    def put(self, uri: str, data: bytes) -> None:
        place = parse_s3_uri(uri)
        self.s3.put_object(Bucket=place.bucket, Key=place.key, Body=data)


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


@pytest.mark.parametrize("expected", [None, f"sha256:{DIGEST}", f"sha256:{DIGEST.upper()}"])
def test_a_report_comes_with_its_digest(world: World, expected: str | None) -> None:
    world.put(URI, DATA)
    assert world.reports.read(URI, expected) == (DATA.decode(), DIGEST)


def test_another_digest_than_the_registered_one_is_no_verdict(world: World) -> None:
    world.put(URI, DATA)
    with pytest.raises(NoVerdict, match="is not the registered one"):
        world.reports.read(URI, f"sha256:{'0' * 64}")


def test_what_is_not_there_is_no_verdict(world: World) -> None:
    with pytest.raises(NoVerdict, match="cannot be read"):
        world.reports.read(URI, None)
    with pytest.raises(NoVerdict, match="cannot be read"):
        world.reports.artefact(URI)
    with pytest.raises(NoVerdict, match="cannot be read"):
        world.reports.artefact("s3://models/churn/9/")


def test_a_byte_order_mark_is_no_text(world: World) -> None:
    world.put(URI, b"\xef\xbb\xbf" + DATA)
    assert world.reports.read(URI, None).text == DATA.decode()


def test_bytes_that_are_no_text_are_still_read(world: World) -> None:
    world.put(URI, b"\xff\xfe\x00")
    assert world.reports.read(URI, None).text


@pytest.mark.parametrize("uri", ["s3://models/churn/7/model.tar.gz", "s3://models/churn/7/"])
def test_an_artefact_is_named_by_its_content(world: World, uri: str) -> None:
    world.put("s3://models/churn/7/model.tar.gz", b"one")
    first = world.reports.artefact(uri)
    assert world.reports.artefact(uri) == first
    world.put("s3://models/churn/7/model.tar.gz", b"two")
    assert world.reports.artefact(uri) != first


def test_in_a_versioned_bucket_the_version_names_the_artefact(aws: None) -> None:
    world = MotoWorld()
    world.s3.put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Enabled"})
    world.put(URI, DATA)
    assert world.reports.artefact(URI).startswith("version:")


def test_a_report_too_large_is_no_verdict(aws: None) -> None:
    world = MotoWorld()
    world.put(URI, b" " * (LARGEST_REPORT + 1))
    with pytest.raises(NoVerdict, match="more than"):
        world.reports.read(URI, None)


def ask(method: str, code: str, message: str, status: int) -> None:
    """One question that S3 answers with an error."""
    client = boto3.client("s3", region_name="eu-west-1")
    with Stubber(client) as stubber:
        stubber.add_client_error(method, code, message, status)
        if method == "get_object":
            S3Reports(client).read(URI, None)
        else:
            S3Reports(client).artefact(URI)


CUSTOMER_KEY = "The object was stored using a form of Server Side Encryption."


@pytest.mark.parametrize(
    ("method", "code", "message", "status"),
    [
        ("get_object", "AccessDenied", "Access Denied", 403),
        ("get_object", "NoSuchBucket", "The specified bucket does not exist", 404),
        ("get_object", "InvalidRequest", CUSTOMER_KEY, 400),
        ("get_object", "PermanentRedirect", "Use the specified endpoint.", 301),
        ("get_object", "KMS.DisabledException", "the key is disabled", 400),
        ("head_object", "400", "Bad Request", 400),
        ("head_object", "403", "Forbidden", 403),
        ("head_object", "404", "Not Found", 404),
        ("head_object", "405", "Method Not Allowed", 405),
    ],
)
def test_what_s3_refuses_for_good_is_no_verdict_with_its_reason(
    method: str, code: str, message: str, status: int, aws: None
) -> None:
    with pytest.raises(NoVerdict, match=message) as raised:
        ask(method, code, message, status)
    assert not isinstance(raised.value, Unavailable)
    assert URI in str(raised.value)


@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_an_object_under_a_customer_provided_key_is_named_as_a_cause(
    method: str, aws: None
) -> None:
    with pytest.raises(NoVerdict, match="customer-provided key"):
        ask(method, "400" if method == "head_object" else "InvalidRequest", "Bad Request", 400)


@pytest.mark.parametrize(
    ("method", "code", "status"),
    [
        ("get_object", "SlowDown", 503),
        ("get_object", "InternalError", 500),
        ("get_object", "RequestTimeout", 400),
        ("get_object", "ThrottlingException", 400),
        ("head_object", "500", 500),
        ("head_object", "503", 503),
    ],
)
def test_what_s3_cannot_answer_now_is_no_verdict_that_another_try_may_find(
    method: str, code: str, status: int, aws: None
) -> None:
    with pytest.raises(UnreadableNow):
        ask(method, code, "Please try again", status)


def test_the_fake_knows_the_same_two_kinds() -> None:
    reports = FakeReports({URI: DATA})
    reports.throttled.add(URI)
    with pytest.raises(UnreadableNow):
        reports.read(URI, None)
    with pytest.raises(UnreadableNow):
        reports.artefact(URI)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("s3://bucket/a/b.json", S3Location("bucket", "a/b.json")),
        ("s3://bucket/a b%20c.json", S3Location("bucket", "a b%20c.json")),
        ("https://bucket.s3.amazonaws.com/a/b%20c.json", S3Location("bucket", "a/b c.json")),
        ("https://bucket.s3.eu-west-1.amazonaws.com/a.json", S3Location("bucket", "a.json")),
        ("https://s3.eu-west-1.amazonaws.com/bucket/a.json", S3Location("bucket", "a.json")),
        ("https://s3-eu-west-1.amazonaws.com/bucket/a.json", S3Location("bucket", "a.json")),
        (
            "https://my.bucket.s3.cn-north-1.amazonaws.com.cn/a.json",
            S3Location("my.bucket", "a.json"),
        ),
    ],
)
def test_every_form_of_uri_that_the_registry_takes(uri: str, place: S3Location) -> None:
    assert parse_s3_uri(uri) == place


@pytest.mark.parametrize(
    "uri", ["", "bucket/a", "s3://bucket", "s3://", "https://example.com/a", "file:///a"]
)
def test_any_other_uri_names_nothing(uri: str, aws: None) -> None:
    with pytest.raises(Missing):
        parse_s3_uri(uri)
    with pytest.raises(NoVerdict):
        MotoWorld().reports.read(uri, None)
