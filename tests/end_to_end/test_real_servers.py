"""Handlers in processes of their own, real model servers, real requests: nothing is simulated."""

import io
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.end_to_end.bench import PROMOTED, ROLLED_BACK, Bench, ending, row
from tests.end_to_end.hygiene import clear_away, faults_of
from tests.end_to_end.stage import BUCKET, DIGEST, IMAGE, ROOT, deployed
from twin.cloud import Twin

SERVER = ROOT / "tests" / "end_to_end" / "fixtures" / "serve.py"
REQUESTS = 30
"""A minute."""


class Users:
    """They send requests all the time, and remember what they got."""

    def __init__(self, bench: Bench) -> None:
        self.answers: Counter[str] = Counter()
        self._bench = bench
        self._runtime = bench.twin.client("sagemaker-runtime")
        self._later()

    def _later(self) -> None:
        clock = self._bench.twin.clock
        clock.call_at(clock.now() + 60 / REQUESTS, self._ask, "a user")

    def _ask(self) -> None:
        if not self._bench.exists:
            return
        self._later()
        try:
            answer = self._runtime.invoke_endpoint(EndpointName=self._bench.endpoint, Body=b"1,2")
        except self._runtime.exceptions.ModelError as error:
            self.answers[f"{error.response['OriginalStatusCode']}"] += 1
        else:
            self.answers[answer["InvokedProductionVariant"]] += 1


@pytest.fixture(scope="module")
def real() -> Iterator[Twin]:
    """A twin of its own."""
    with deployed("processes") as twin:
        twin.images.register(IMAGE, [sys.executable, str(SERVER)], DIGEST)
        yield twin


@pytest.fixture
def bench(real: Twin) -> Iterator[Bench]:
    """A corner of that twin."""
    corner = Bench(real)
    yield corner
    clear_away(corner)
    assert faults_of(real) == []


def register(bench: Bench, behaviour: str) -> str:
    """A version whose model server behaves like this."""
    key = f"{bench.group}/{behaviour}.tar.gz"
    bench.twin.client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed(behaviour))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}"}
    return bench.register(InferenceSpecification={"Containers": [container]})


def packed(behaviour: str) -> bytes:
    """A model artefact."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("behaviour")
        entry.size = len(behaviour)
        archive.addfile(entry, io.BytesIO(behaviour.encode()))
    return buffer.getvalue()


def served(bench: Bench) -> Users:
    """A good first version, and users who ask it."""
    bench.policy({"rollout": {"step_minutes": 8}, "judge": {"min_requests": 10}})
    assert row(bench.released(register(bench, "good"))) == PROMOTED
    return Users(bench)


def test_real_requests_go_by_the_shares_until_the_candidate_has_them_all(bench: Bench) -> None:
    users = served(bench)
    release = bench.started(register(bench, "better"))
    bench.until_share(50)
    users.answers.clear()
    bench.pass_minutes(3)
    assert 20 < users.answers["candidate"] < 70
    assert 20 < users.answers["live"] < 70
    assert row(bench.end(release)) == PROMOTED
    assert set(users.answers) == {"live", "candidate"}


def test_a_model_that_fails_real_requests_is_rolled_back(bench: Bench) -> None:
    users = served(bench)
    execution = bench.released(register(bench, "broken"))
    assert row(execution) == ROLLED_BACK
    assert "-errors fired" in ending(execution)["reason"]
    assert users.answers["500"] > 5
    users.answers.clear()
    bench.pass_minutes(1)
    assert set(users.answers) == {"live"}


def test_a_model_server_that_never_comes_up_serves_nobody(bench: Bench) -> None:
    users = served(bench)
    execution = bench.released(register(bench, "crashes"))
    assert row(execution) == ROLLED_BACK
    assert "ping health check" in ending(execution)["reason"]
    assert set(users.answers) == {"live"}
