"""The demo's model server follows SageMaker's container contract, as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from examples.screening import serve
from examples.screening.candidates import HASTY
from examples.screening.rows import Rows, load
from examples.screening.train import train

SERVER = Path(serve.__file__)


@pytest.fixture(scope="module")
def held_out() -> Rows:
    return load().held_out


@pytest.fixture(scope="module")
def hasty_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("hasty")
    with tarfile.open(train(HASTY, load(), folder).model) as archive:
        archive.extractall(folder, filter="data")
    with serving(folder) as port:
        yield port


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The server as SageMaker starts it: a process of its own, told by its environment."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    told = {"SM_MODEL_DIR": str(folder), "SAGEMAKER_BIND_TO_PORT": str(port)}
    command = [sys.executable, str(SERVER)]
    # Our own server, with our own interpreter.
    with subprocess.Popen(command, env={**os.environ, **told}) as process:  # noqa: S603
        wait_for(port)
        yield port
        process.terminate()
        assert process.wait(timeout=60) == 0


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if ask(port, "GET", "/ping")[0] == 200:
                return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError("the server did not come up")


def ask(port: int, verb: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.request(verb, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, response.read().decode()


def test_rows_are_scored_in_json(hasty_port: int, held_out: Rows) -> None:
    rows = held_out.complete().as_csv()[:2]
    status, body = ask(hasty_port, "POST", "/invocations", "\n".join(rows), Content_Type="text/csv")
    answer = json.loads(body)
    assert status == 200
    assert answer["model"] == "hasty"
    assert [row["label"] for row in answer["predictions"]] == [
        int(row["score"] >= 0.5) for row in answer["predictions"]
    ]


def test_rows_are_scored_in_csv_where_asked(hasty_port: int, held_out: Rows) -> None:
    row = held_out.complete().as_csv()[0]
    status, body = ask(
        hasty_port, "POST", "/invocations", row, Content_Type="text/csv", Accept="text/csv"
    )
    score, label = body.strip().split(",")
    assert status == 200
    assert int(label) == int(float(score) >= 0.5)


def test_a_row_the_model_cannot_take_is_the_models_fault(hasty_port: int, held_out: Rows) -> None:
    row = next(row for row in held_out.as_csv() if ",," in row)
    status, body = ask(hasty_port, "POST", "/invocations", row, Content_Type="text/csv")
    assert status == 500
    assert "NaN" in json.loads(body)["error"]


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        pytest.param("1,2,3", "text/csv", 400, id="too-few-fields"),
        pytest.param("one", "text/csv", 400, id="not-a-number"),
        pytest.param("", "text/csv", 400, id="no-rows"),
        pytest.param("{}", "application/json", 415, id="not-csv"),
    ],
)
def test_a_clients_mistake_is_not_the_models_fault(
    hasty_port: int, body: str, content_type: str, expected: int
) -> None:
    status, _ = ask(hasty_port, "POST", "/invocations", body, Content_Type=content_type)
    assert status == expected


def test_other_paths_are_not_found(hasty_port: int) -> None:
    assert ask(hasty_port, "GET", "/")[0] == 404
    assert ask(hasty_port, "POST", "/ping")[0] == 404


def test_a_server_without_its_model_does_not_come_up(tmp_path: Path) -> None:
    told = {**os.environ, "SM_MODEL_DIR": str(tmp_path), "SAGEMAKER_BIND_TO_PORT": "1"}
    command = [sys.executable, str(SERVER)]
    # Our own server, with our own interpreter.
    done = subprocess.run(command, env=told, capture_output=True, timeout=120, check=False)  # noqa: S603
    assert done.returncode != 0
    assert b"FileNotFoundError" in done.stderr
