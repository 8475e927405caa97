"""Handlers in processes of their own, real model servers, real requests: nothing is simulated."""

import io
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.hygiene import check_events, clear_away, faults_of
from tests.end_to_end.stage import BUCKET, DIGEST, IMAGE, ROOT, deployed

SERVER = ROOT / "tests" / "end_to_end" / "fixtures" / "serve.py"
REQUESTS = 12
"""A minute."""


class Users:
    """They send requests until they leave, and remember what they got."""

    def __init__(self, bench: Bench) -> None:
        self.answers: Counter[str] = Counter()
        self._bench = bench
        self._runtime = bench.twin.client("sagemaker-runtime")
        self._gone = False
        self._later()

    def leave(self) -> None:
        """Ask no more."""
        self._gone = True

    def _later(self) -> None:
        clock = self._bench.twin.clock
        clock.call_at(clock.now() + 60 / REQUESTS, self._ask, "a user")

    def _ask(self) -> None:
        if self._gone:
            return
        self._later()
        try:
            answer = self._runtime.invoke_endpoint(EndpointName=self._bench.endpoint, Body=b"1,2")
        except self._runtime.exceptions.ModelError as error:
            self.answers[f"{error.response['OriginalStatusCode']}"] += 1
        else:
            self.answers[answer["InvokedProductionVariant"]] += 1


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A corner of a twin of its own."""
    with deployed("processes") as twin:
        twin.images.register(IMAGE, [sys.executable, str(SERVER)], DIGEST)
        corner = Bench(twin)
        yield corner
        check_events(corner)
        clear_away(corner)
        assert faults_of(twin) == []


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


@pytest.fixture
def users(bench: Bench) -> Iterator[Users]:
    """A good first version serves them."""
    bench.policy({"rollout": {"step_minutes": 6}, "judge": {"min_requests": 5}})
    assert row(bench.released(register(bench, "good"))) == PROMOTED
    asking = Users(bench)
    yield asking
    asking.leave()


def test_real_requests_decide_about_real_models(bench: Bench, users: Users) -> None:
    release = bench.started(register(bench, "better"))
    bench.until_share(50)
    users.answers.clear()
    bench.pass_minutes(4)
    assert users.answers["candidate"] > 5 < users.answers["live"]
    assert row(bench.end(release)) == PROMOTED
    execution = bench.released(register(bench, "broken"))
    assert row(execution) == ROLLED_BACK
    assert "-errors fired" in ending(execution)["reason"]
    assert users.answers["500"] > 5
    users.answers.clear()
    bench.pass_minutes(1)
    assert set(users.answers) == {"live"}
