"""Models on real servers, and users who send them real requests."""

import io
import sys
import tarfile
from collections import Counter

from tests.end_to_end.bench import Bench
from tests.end_to_end.stage import BUCKET, DIGEST, ROOT
from twin.cloud import Twin

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/served:1"
_SERVER = ROOT / "tests" / "end_to_end" / "fixtures" / "serve.py"
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


def furnish(twin: Twin) -> None:
    """Let containers of the image run the server."""
    twin.images.register(IMAGE, [sys.executable, str(_SERVER)], DIGEST)


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
