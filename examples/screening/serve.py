"""A model server that implements SageMaker's container contract and nothing else.

`GET /ping` answers 200 once the model is loaded. `POST /invocations` takes CSV rows, in which an
empty field is a missing measurement. It answers JSON, or CSV if the client accepts text/csv.
A malformed request gets a 4xx. A row that the model cannot handle gets a 500.
"""

import csv
import json
import math
import os
import signal
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]  # no stubs are published

Row = list[float]


class Unfit(Exception):  # an answer to the client, not an error of the server
    """Raised when the request is not CSV rows of numbers. The client can correct it."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Model:
    """A fitted pipeline, its name, and the score from which a row gets the label 1."""

    name: str
    pipeline: Any
    threshold: float

    def answer(self, rows: list[Row]) -> list[dict[str, float]]:
        """Return a score and a label per row. Raise ValueError for a row it cannot handle."""
        scores = self.pipeline.predict_proba(rows)[:, 1].tolist()
        return [{"score": score, "label": int(score >= self.threshold)} for score in scores]


class Server(ThreadingHTTPServer):
    """Holds the model for its handlers."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, port: int, model: Model) -> None:
        super().__init__(("", port), Handler)
        self.model = model


class Handler(BaseHTTPRequestHandler):
    """Serves one client connection, which stays open between requests."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece

    def do_GET(self) -> None:
        """Answer the health check. The server listens only once the model is loaded."""
        self._send(HTTPStatus.OK if self.path == "/ping" else HTTPStatus.NOT_FOUND, b"")

    def do_POST(self) -> None:
        """Score the rows of the body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/invocations":
            self._send(HTTPStatus.NOT_FOUND, b"")
            return
        try:
            rows = self._rows(body)
        except Unfit as unfit:
            self._send_json(unfit.status, {"error": str(unfit)})
            return
        self._answer(rows)

    def _answer(self, rows: list[Row]) -> None:
        model = self.server.model
        try:
            answers = model.answer(rows)
        except ValueError as refused:
            body = {"model": model.name, "error": str(refused)}
            self._send_json(HTTPStatus.INTERNAL_SERVER_ERROR, body)
            return
        if self.headers.get("Accept") == "text/csv":
            lines = "".join(f"{answer['score']},{answer['label']}\n" for answer in answers)
            self._send(HTTPStatus.OK, lines.encode(), "text/csv")
        else:
            self._send_json(HTTPStatus.OK, {"model": model.name, "predictions": answers})

    def _rows(self, body: bytes) -> list[Row]:
        if self.headers.get_content_type() != "text/csv":
            raise Unfit(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send text/csv")
        return parse(body, width=self.server.model.pipeline.n_features_in_)

    def _send_json(self, status: HTTPStatus, body: object) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log no requests: the endpoint counts them."""


def parse(body: bytes, width: int) -> list[Row]:
    """Read CSV rows of `width` numbers. Raise Unfit for anything else."""
    try:
        rows = [[_number(field) for field in row] for row in csv.reader(body.decode().splitlines())]
    except ValueError as mistake:
        raise Unfit(HTTPStatus.BAD_REQUEST, str(mistake)) from mistake
    if not rows or any(len(row) != width for row in rows):
        raise Unfit(HTTPStatus.BAD_REQUEST, f"each row has {width} fields")
    return rows


def _number(field: str) -> float:
    return float(field) if field.strip() else math.nan


def load(folder: Path, threshold: float) -> Model:
    """Load the model that SageMaker unpacked into `folder`."""
    name = json.loads((folder / "card.json").read_text())["name"]
    return Model(name, joblib.load(folder / "model.joblib"), threshold)


def main() -> None:
    """Load the model and serve it until SageMaker stops the container with SIGTERM."""
    folder = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    threshold = float(os.environ.get("SCREENING_THRESHOLD", "0.5"))
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    server = Server(port, load(folder, threshold))
    # shutdown() waits for serve_forever() to return, so it needs a separate thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
