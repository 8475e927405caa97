"""Calls of model servers: measured, published and captured."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.core.account import Account
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.capture import Capture, Exchange, Message, Ticket
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_state import Variant
from twin.sagemaker.instances import Instance
from twin.sagemaker.meter import Meter, Tally
from twin.sagemaker.model_server import ModelServer, Reply
from twin.sagemaker.runtime_answers import ATTRIBUTES, good

_PASSED_ON = ("Content-Type", "Accept", ATTRIBUTES)


@dataclass(frozen=True)
class Request:
    """A caller's request. `number` is unique among the requests of the endpoint."""

    endpoint: str
    number: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def inference_id(self) -> str | None:
        return self.headers.get("X-Amzn-SageMaker-Inference-Id")


@dataclass(frozen=True)
class Call:
    """A request at the fleet that answers it."""

    request: Request
    variant: Variant
    fleet: Fleet
    instance: Instance | None

    def check(self) -> None:
        """Raise an error if no model server can answer it."""
        _ = self.server

    @property
    def server(self) -> ModelServer:
        if self.fleet.server is None:
            image = self.fleet.model.container.image
            raise NotSupportedByTwin(f"image {image} has no model server")
        return self.fleet.server

    def ticket(self, capture: Capture) -> Ticket:
        request = f"{self.request.endpoint}/{self.request.number}"
        return capture.ticket(request, is_copy=self.variant.is_shadow)


class Calls:
    """Makes calls. Latencies are in real time, whatever the clock's speed."""

    def __init__(self, account: Account, meter: Meter, capture: Capture, timeout: float) -> None:
        self.timeout_seconds = timeout
        self._account = account
        self._meter = meter
        self._capture = capture

    def make(self, call: Call, begin: float, before_answer: Callable[[], object]) -> Reply:
        """Return the model's answer.

        What `before_answer` takes is time that SageMaker adds to the model's. `begin` is of
        `time.perf_counter`.
        """
        at = self._account.clock.now()
        reply = self._ask(call)
        before_answer()
        tally = _tally(reply, time.perf_counter() - begin)
        now, request = self._account.clock.now(), call.request
        self._meter.publish(request.endpoint, call.variant, call.fleet, call.instance, tally, now)
        if self._capture.takes(call.fleet):
            self._capture.take(request.endpoint, call.fleet, self._exchange(call, reply, at))
        return reply

    def _ask(self, call: Call) -> Reply:
        headers = call.request.headers
        passed_on = {name: headers[name] for name in _PASSED_ON if headers.get(name)}
        with self._account.clock.working():
            return call.server.invoke(call.request.body, passed_on, self.timeout_seconds)

    def _exchange(self, call: Call, reply: Reply, at: float) -> Exchange:
        return Exchange(
            call.ticket(self._capture),
            Message(call.request.headers.get("Content-Type", ""), call.request.body),
            Message(reply.content_type, reply.body),
            call.request.inference_id,
            not good(reply),
            at,
        )


def _tally(reply: Reply, seconds: float) -> Tally:
    answered = reply.status > 0
    return Tally(
        1,
        int(400 <= reply.status < 500),  # noqa: PLR2004  # HTTP
        int(reply.status >= 500),  # noqa: PLR2004  # HTTP
        int(not answered),
        int(not good(reply)),
        {round(reply.seconds * 1e6): 1} if answered else {},
        {round((seconds - reply.seconds) * 1e6): 1},
    )
