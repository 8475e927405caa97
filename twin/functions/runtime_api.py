"""Runs handlers in separate processes, through Lambda's Runtime API.

Each execution environment has a child process with AWS's runtime interface client (awslambdaric),
and a small HTTP server that gives it one invocation after the other.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

from twin.clock.clock import current
from twin.clock.shared_time import VARIABLE
from twin.functions.invocations import (
    Function,
    Invocation,
    Outcome,
    SandboxLost,
    exited,
    failed,
    timed_out,
)

_BOOT = Path(__file__).parent / "boot"
_INIT_SECONDS = 60.0  # real; AWS allows 10, but a busy laptop is slower than Lambda
_PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Surroundings:
    """The settings that all handler processes of one run share."""

    endpoint: str
    clock_file: Path


class _Exit:
    """The child process ended."""


class _Api(ThreadingHTTPServer):
    """The Runtime API of one execution environment."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.work: queue.Queue[Invocation | None] = queue.Queue()
        self.answers: queue.Queue[Outcome | type[_Exit]] = queue.Queue()
        self.ready = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def end(self) -> None:
        """Stop serving, which takes up to half a second."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: a killed child breaks its connection."""


class _Requests(BaseHTTPRequestHandler):
    server: _Api
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per answer, and no delay: each delayed ACK would cost 40 ms
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # named by http.server
        self.server.ready.set()
        invocation = self.server.work.get()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(200, invocation.event, _headers(invocation))

    def do_POST(self) -> None:  # named by http.server
        body = self._body()
        parts = self.path.removeprefix(_PREFIX).strip("/").split("/")
        if parts == ["init", "error"]:
            self.server.answers.put(_without_request_id(body))
            self.server.ready.set()
        elif parts[-1] == "response":
            self.server.answers.put(Outcome(body))
        else:
            self.server.answers.put(Outcome(body, "Unhandled"))
        self._answer(202, b'{"status":"OK"}', {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # named by http.server
        """Log nothing."""

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk


def _headers(invocation: Invocation) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    }


def _without_request_id(body: bytes) -> Outcome:
    error = json.loads(body)
    return failed(error["errorType"], error["errorMessage"], "", error.get("stackTrace"))


class ProcessSandbox:
    """An execution environment in a separate process."""

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        surroundings: Surroundings,
        log: Path,
    ) -> None:
        self._function = function
        self._environment = _for_child(function, environment, surroundings)
        self._log = log
        self._api = _Api()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child and wait until it asks for work."""
        serve = threading.Thread(target=self._api.serve_forever, daemon=True)
        serve.start()
        with current().working(), self._log.open("ab") as output:
            self._child = self._spawn(output)
            threading.Thread(target=self._watch, args=(self._child,), daemon=True).start()
            self._api.ready.wait(_INIT_SECONDS)
        if not self._api.answers.empty():
            self._lose(self._last_words())
        if not self._api.ready.is_set():
            self._lose(failed("Runtime.InitTimeout", "the handler did not start", ""))

    def invoke(self, invocation: Invocation) -> Outcome:
        """Hand the event to the child and wait for its answer."""
        with current().working():
            self._api.work.put(invocation)
            try:
                answer = self._api.answers.get(timeout=self._seconds_left(invocation))
            except queue.Empty:
                self._lose(timed_out(invocation))
        if isinstance(answer, Outcome):
            return answer
        return self._lose(self._exit(invocation.request_id))

    def close(self) -> None:
        """Kill the child and stop its server."""
        if self._child and self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        self._api.work.put(None)
        threading.Thread(target=self._api.end, daemon=True).start()

    def _seconds_left(self, invocation: Invocation) -> float:
        """Return real seconds: while handlers work, simulated time runs at the real rate."""
        return max(0.0, invocation.deadline - current().now())

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # our own interpreter, our own handler
            [sys.executable, "-m", "awslambdaric", self._function.handler],
            cwd=self._function.folder,
            env={**self._environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        self._api.answers.put(_Exit)
        self._api.ready.set()

    def _last_words(self) -> Outcome:
        answer = self._api.answers.get()
        return answer if isinstance(answer, Outcome) else self._exit("")

    def _exit(self, request_id: str) -> Outcome:
        status = self._child.wait() if self._child else 0
        return exited(request_id, f"Runtime exited with error: exit status {status}")

    def _lose(self, outcome: Outcome) -> Outcome:
        self.close()
        raise SandboxLost(outcome)


def _for_child(
    function: Function, environment: Mapping[str, str], surroundings: Surroundings
) -> dict[str, str]:
    """Return a clean environment, with only the search path of this process."""
    folders = (_BOOT, function.folder, *function.layers)
    no_bytecode = {"PYTHONDONTWRITEBYTECODE": "1"} if sys.dont_write_bytecode else {}
    return {
        **environment,
        **no_bytecode,
        "AWS_ENDPOINT_URL": surroundings.endpoint,
        "LANG": "en_US.UTF-8",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in folders),
        VARIABLE: str(surroundings.clock_file),
    }
