"""Client threads that send held-out rows to the endpoint, as applications would."""

import itertools
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from botocore.exceptions import ClientError

from examples.demo.recording import Instant, Request

NOT_THERE = ("ValidationError", "ValidationException")  # no such endpoint, or not yet
UNKNOWN = "unknown"
CLIENTS = 4


class Client:
    """Asks an endpoint for predictions and records which model answered."""

    def __init__(
        self,
        runtime: Any,
        endpoint: str,
        now: Callable[[], Instant],
        variant_of: Callable[[str], str],
        inference_ids: Callable[[], str] | None = None,
    ) -> None:
        """`variant_of` maps a model to its variant: SageMaker does not say which variant failed.

        With `inference_ids`, each request has an id, by which captured answers can be joined.
        """
        self._runtime = runtime
        self._endpoint = endpoint
        self._now = now
        self._variant_of = variant_of
        self._inference_ids = inference_ids

    def ask(self, row: str) -> Request | None:
        """Send one row. Return None while there is no endpoint, which is not a failure."""
        identity = {"InferenceId": self._inference_ids()} if self._inference_ids else {}
        try:
            answer = self._runtime.invoke_endpoint(
                EndpointName=self._endpoint, ContentType="text/csv", Body=row, **identity
            )
        except ClientError as error:
            return self._failure(error.response)
        said = _said(answer["Body"].read())
        variant = answer["InvokedProductionVariant"]
        return Request(self._now(), variant, _model(said), failed=False, label=_label(said))

    def _failure(self, response: Any) -> Request | None:
        if response["Error"]["Code"] in NOT_THERE:
            return None
        model = _model(_said(response.get("OriginalMessage", "").encode()))
        return Request(self._now(), self._variant_of(model), model, failed=True)


class Pace(Protocol):
    """A clock of simulated seconds. `speed` is their number per real second."""

    speed: float

    def now(self) -> float:
        """The present moment."""
        ...


class Load:
    """Sends `per_minute` rows per simulated minute from several threads.

    Each row is sent when it is due, even if earlier rows have no answer yet. A delayed thread does
    not catch up with a burst.
    """

    def __init__(
        self, send: Callable[[str], None], rows: Sequence[str], pace: Pace, *, per_minute: float
    ) -> None:
        self._send = send
        self._rows = itertools.cycle(rows)
        self._pace = pace
        self._gap = 60 / per_minute
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS, thread_name_prefix="client")
        self._running: list[Future[None]] = []

    def __enter__(self) -> "Load":
        begin = self._pace.now()
        self._running = [
            self._pool.submit(self._run, begin + place * self._gap) for place in range(CLIENTS)
        ]
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clients. Raise the exception of a client that failed."""
        self._ended.set()
        for client in self._running:
            client.result()
        self._pool.shutdown()

    def _run(self, due: float) -> None:
        pause = CLIENTS * self._gap
        while not self._ended.wait(max((due - self._pace.now()) / self._pace.speed, 0)):
            now = self._pace.now()
            if now >= due:  # the wait is too short when simulated time runs slower than `speed`
                due = max(due, now - pause) + pause
                self._send(next(self._rows))


def _said(body: bytes) -> Mapping[str, Any]:
    """Return what the demo's server answered. Nothing if it was not the server that did."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _label(said: Mapping[str, Any]) -> int | None:
    """Return the label of the row that was sent. None if the answer has none."""
    labels = [int(each["label"]) for each in said.get("predictions", [])]
    return labels[0] if labels else None


def _model(said: Mapping[str, Any]) -> str:
    """Return the model's name, which the demo's server puts into every answer, errors included."""
    return str(said.get("model", UNKNOWN))
