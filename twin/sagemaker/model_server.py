"""One model server: a child process that follows SageMaker's container contract."""

import http.client
import io
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from twin.sagemaker import container_host

_LOCAL = "127.0.0.1"
_LOOK_SECONDS = 0.02
_OK = 200
_real_sleep = time.sleep  # the twin replaces time.sleep


class UnusableArtefact(Exception):
    """The artefact cannot be unpacked."""


class Reply(NamedTuple):
    """The server's answer. Status 0 means no answer, after a socket error or a time-out."""

    status: int
    body: bytes
    content_type: str
    custom_attributes: str
    seconds: float


class ModelServer:
    """A running server. Its folder is removed with it.

    AWS: the artefact is unpacked for the server. The server listens on the given port, and answers
    GET /ping when it is healthy, and POST /invocations.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], artefact: bytes | None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="model-server-")
        self._port = _free_port()
        model = Path(self._folder.name, "model")
        model.mkdir()
        self._unpack(artefact, model)
        self._log = Path(self._folder.name, "log")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  # the image's own command
                [sys.executable, "-SE", container_host.__file__, *command],
                cwd=self._folder.name,
                env=_environment(environment, self._port, model),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def process_id(self) -> int:
        return self._process.pid

    def log(self) -> str:
        """The output of the server so far."""
        return self._log.read_text(errors="replace")

    def comes_up(self, patience_seconds: float) -> bool:
        """Wait in real time until /ping answers 200. Return False if that does not happen."""
        give_up = time.monotonic() + patience_seconds
        while self._process.poll() is None and time.monotonic() < give_up:
            if self._request("GET", "/ping", None, {}, 2.0).status == _OK:
                return True
            _real_sleep(_LOOK_SECONDS)
        return False

    def invoke(self, body: bytes, headers: Mapping[str, str], timeout: float) -> Reply:
        """Send one request and measure its latency in real time."""
        return self._request("POST", "/invocations", body, headers, timeout)

    def stop(self) -> None:
        """End the process and its workers, and remove its files. A second call does nothing."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
            self._process.wait()
            self._folder.cleanup()

    def _unpack(self, artefact: bytes | None, model: Path) -> None:
        try:
            if artefact is not None:
                with tarfile.open(fileobj=io.BytesIO(artefact)) as archive:
                    archive.extractall(model, filter="data")
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            self._folder.cleanup()
            raise UnusableArtefact(str(error)) from error

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> Reply:
        connection = http.client.HTTPConnection(_LOCAL, self._port, timeout=timeout)
        begin = time.perf_counter()
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return Reply(0, b"", "", "", time.perf_counter() - begin)
        finally:
            connection.close()
        return Reply(
            answer.status,
            content,
            answer.headers.get("Content-Type", ""),
            answer.headers.get("X-Amzn-SageMaker-Custom-Attributes", ""),
            time.perf_counter() - begin,
        )


def _environment(given: Mapping[str, str], port: int, model: Path) -> dict[str, str]:
    """Return the container's environment, with only the program search path of the twin."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(model.parent),
        **given,
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SM_MODEL_DIR": str(model),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOCAL, 0))
        return int(probe.getsockname()[1])
