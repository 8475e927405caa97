"""Golden files and the models that are asked: fakes, and the adapters on moto and the twin."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from penstock.adapters.golden import S3GoldenFiles, SageMakerModels
from penstock.domain.errors import Damaged, Denied, Missing, Refused, RefusedByAws, Unavailable
from penstock.domain.golden.golden_file import MOST_GOLDEN_BYTES, GoldenRequest
from penstock.domain.policy.s3_uri import parse_s3_uri
from penstock.ports.golden import GoldenFiles, Models
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.golden import FakeGoldenFiles, FakeModels
from tests.worlds import sagemaker_bench as benches

URI = "s3://teams/golden.jsonl"
DATA = b'{"body": "1,2"}\n'
DIGEST = hashlib.sha256(DATA).hexdigest()
SERVER = Path(__file__).parents[1] / "twin" / "fixtures" / "serve.py"


def stranger(service: Literal["s3", "sagemaker-runtime"]) -> Any:
    """A client whose answers a stub gives."""
    return boto3.Session("key", "secret", region_name="eu-west-1").client(service)


# ---- files ---------------------------------------------------------------------------------------


class Files(Protocol):
    """Golden files, and what people do to them."""

    files: GoldenFiles

    def put(self, uri: str, data: bytes) -> None: ...
    def edit_kept(self, data: bytes | None) -> None: ...


class FakeFiles:
    def __init__(self) -> None:
        self.fake = FakeGoldenFiles()
        self.files: GoldenFiles = self.fake

    def put(self, uri: str, data: bytes) -> None:
        self.fake.files[uri] = data

    def edit_kept(self, data: bytes | None) -> None:
        if data is None:
            del self.fake.stored[DIGEST]
        else:
            self.fake.stored[DIGEST] = data


class MotoFiles:
    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        for bucket in ("teams", "evidence"):
            self.s3.create_bucket(Bucket=bucket)
        self.files: GoldenFiles = S3GoldenFiles(self.s3, "evidence")

    def put(self, uri: str, data: bytes) -> None:
        place = parse_s3_uri(uri)
        self.s3.put_object(Bucket=place.bucket, Key=place.key, Body=data)

    def edit_kept(self, data: bytes | None) -> None:
        key = f"golden/{DIGEST}.jsonl"
        if data is None:
            self.s3.delete_object(Bucket="evidence", Key=key)
        else:
            self.s3.put_object(Bucket="evidence", Key=key, Body=data)


@pytest.fixture(params=[FakeFiles, MotoFiles])
def files(request: pytest.FixtureRequest, aws: None) -> Files:
    make: Callable[[], Files] = request.param
    return make()


def test_a_file_is_read_as_it_is(files: Files) -> None:
    files.put(URI, DATA)
    assert files.files.read(URI) == DATA


def test_the_largest_file_is_read_and_a_larger_one_is_refused(files: Files) -> None:
    files.put(URI, b" " * MOST_GOLDEN_BYTES)
    assert len(files.files.read(URI)) == MOST_GOLDEN_BYTES
    files.put(URI, b" " * (MOST_GOLDEN_BYTES + 1))
    with pytest.raises(Refused, match="1048577 bytes, more than 1048576"):
        files.files.read(URI)


def test_a_file_that_is_not_there_is_refused_by_its_name(files: Files) -> None:
    with pytest.raises(Refused, match=f"the golden requests {URI} cannot be read"):
        files.files.read(URI)


def test_what_was_kept_is_found_by_its_digest_and_keeping_it_twice_is_fine(files: Files) -> None:
    for _ in range(2):
        files.files.keep(DIGEST, DATA)
    assert files.files.kept(DIGEST) == DATA


@pytest.mark.parametrize("data", [None, b"", b'{"body": "2"}'])
def test_what_is_gone_or_edited_is_damage(files: Files, data: bytes | None) -> None:
    files.files.keep(DIGEST, DATA)
    files.edit_kept(data)
    with pytest.raises(Damaged, match="read at Plan"):
        files.files.kept(DIGEST)


@pytest.mark.parametrize(
    ("code", "status", "error"), [("AccessDenied", 403, Refused), ("SlowDown", 503, Unavailable)]
)
def test_a_refusal_of_s3_refuses_and_trouble_does_not(
    code: str, status: int, error: type[Exception]
) -> None:
    s3 = stranger("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", code, http_status_code=status)
        with pytest.raises(error):
            S3GoldenFiles(s3, "evidence").read(URI)


# ---- models --------------------------------------------------------------------------------------


class Account(Protocol):
    """The endpoint `churn` with variants `live` and `candidate`, which has no weight."""

    models: Models

    def answering(self, status: int) -> None:
        """The model's next answer has this status; 0: it answers too late."""
        ...


class FakeAccount:
    def __init__(self) -> None:
        self.cloud = FakeCloud(FakeClock())
        self.cloud.serve("churn", "config-0")
        self.cloud.define("config-1", {"live": ("one", 2), "candidate": ("one", 1)})
        self.cloud.edit("churn", "config-1", live=1, candidate=0)
        self.fake = FakeModels(self.cloud)
        self.models: Models = self.fake

    def answering(self, status: int) -> None:
        if status:
            self.fake.answers["one", request(status).body.decode()] = (status, "said")
        else:
            self.fake.late.add("one")


class TwinAccount:
    def __init__(self, bench: benches.Bench) -> None:
        self.bench = bench
        bench.store_artefact()
        bench.sagemaker.images.register(
            benches.IMAGE, [sys.executable, str(SERVER)], benches.DIGEST
        )
        bench.model()
        bench.config(live=1.0, candidate=0.0)
        bench.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
        bench.clock.advance(180)
        self.models: Models = SageMakerModels(self._client)

    def _client(self, seconds: int) -> Any:
        config = Config(read_timeout=seconds, retries={"total_max_attempts": 1})
        return boto3.client("sagemaker-runtime", region_name=benches.REGION, config=config)

    def answering(self, status: int) -> None:
        if not status:
            self.bench.sagemaker.router.calls.timeout_seconds = 0.2


@contextmanager
def on_fake() -> Iterator[Account]:
    yield FakeAccount()


@contextmanager
def on_twin() -> Iterator[Account]:
    with benches.bench() as bench:
        yield TwinAccount(bench)


@pytest.fixture(params=[on_fake, on_twin])
def account(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with request.param() as made:
        yield made


def request(status: int = 200, seconds: float = 0) -> GoldenRequest:
    """A request that the model server answers with this status, after so long."""
    body = json.dumps({"status": status, "seconds": seconds})
    return GoldenRequest.model_validate({"body": body, "content_type": "application/json"})


@pytest.mark.parametrize("variant", ["live", "candidate"])
def test_a_variant_answers_whatever_its_weight(account: Account, variant: str) -> None:
    answer = account.models.ask("churn", variant, request(), 10)
    assert (answer.status, answer.good) == (200, True)
    assert answer.text


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_of_the_model_is_its_answer(account: Account, status: int) -> None:
    account.answering(status)
    answer = account.models.ask("churn", "candidate", request(status), 10)
    assert (answer.status, answer.good) == (status, False)


def test_a_model_that_does_not_answer_in_time_is_unavailable(account: Account) -> None:
    account.answering(0)
    with pytest.raises(Unavailable):
        account.models.ask("churn", "candidate", request(seconds=1), 10)


@pytest.mark.parametrize(("endpoint", "variant"), [("churn", "gone"), ("gone", "live")])
def test_what_is_not_there_is_missing(account: Account, endpoint: str, variant: str) -> None:
    with pytest.raises(Missing, match="not found"):
        account.models.ask(endpoint, variant, request(), 10)


# ---- what only AWS says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 400, Unavailable),
        ("ServiceUnavailable", 503, Unavailable),
        ("InternalDependencyException", 530, Unavailable),
        ("ModelNotReadyException", 429, Unavailable),
        ("AccessDeniedException", 403, Denied),
        ("ValidationError", 400, RefusedByAws),
    ],
)
def test_an_error_of_sagemaker_is_no_answer(code: str, status: int, error: type[Exception]) -> None:
    client = stranger("sagemaker-runtime")
    with Stubber(client) as stub:
        stub.add_client_error("invoke_endpoint", code, "because", http_status_code=status)
        with pytest.raises(error, match="because") as raised:
            SageMakerModels(lambda _: client).ask("churn", "candidate", request(), 10)
    assert type(raised.value) is error
