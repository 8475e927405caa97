"""InvokeEndpoint: routing by the present weights, answers, and the metrics of each request."""

import json
import random
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from twin.account import ACCOUNT, REGION, Account, Record
from twin.containers import Fleet
from twin.endpoint_state import Endpoint, Variant
from twin.endpoints import Endpoints
from twin.hooks import NotSupportedByTwin
from twin.model_server import ModelServer, Reply

HttpAnswer = tuple[int, dict[str, Any], Any]

_NAMESPACE = "AWS/SageMaker"
_MOST_BYTES = 6_291_456
_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_PASSED_ON = ("Content-Type", "Accept", _ATTRIBUTES)
_UNSUPPORTED = (
    "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Enable-Explanations",
    "X-Amzn-SageMaker-Inference-Component",
    "X-Amzn-SageMaker-Session-Id",
    "X-Amzn-SageMaker-Prefix-Aware-Id",
)


@dataclass(frozen=True)
class Tally:
    """Requests of one variant that are recorded together. Latencies: microseconds -> count.

    `unanswered` ended without an HTTP answer: a time-out, a dropped connection, a malformed answer.
    AWS: model errors are all that had no 2xx answer (facts 4.1).
    """

    requests: int
    client_errors: int
    server_errors: int
    unanswered: int
    model_errors: int
    model_latency: Mapping[float, int]
    overhead_latency: Mapping[float, int]


class Meter:
    """Writes what SageMaker publishes about requests.

    AWS does not say, and a test may turn: whether a request without an answer is a 5xx, too
    (`unanswered_is_5xx`), and how many seconds after it came its failure is counted
    (`gives_up_after`); whether an error metric without an error in it is published
    (`publishes_zeros`: it says so, but not everybody finds them). `unpublished` names metrics that
    do not appear at all.
    """

    def __init__(self, record: Record) -> None:
        self.unanswered_is_5xx = False
        self.gives_up_after = 0.0
        self.publishes_zeros = True
        self.unpublished: frozenset[str] = frozenset()
        self._record = record

    def publish(
        self, endpoint: str, variant: Variant, fleet: Fleet, tally: Tally, at: float
    ) -> None:
        """AWS: one series per variant, one more per variant and configuration (facts 4.1)."""
        series = {"EndpointName": endpoint, "VariantName": variant.name}
        both = (series, {**series, "EndpointConfigName": fleet.config_name})
        for dimensions in both:
            self._write(dimensions, _requests(tally, variant.current_count), at)
            self._write(dimensions, self._answers(tally), at)
            self._write(dimensions, self._silence(tally.unanswered), at + self.gives_up_after)

    def _write(
        self, dimensions: Mapping[str, str], metrics: Mapping[str, Mapping[float, int]], at: float
    ) -> None:
        for name, values in metrics.items():
            unit = "Microseconds" if name.endswith("Latency") else "None"
            if values and name not in self.unpublished:
                self._record(_NAMESPACE, name, dimensions, values, at, unit)

    def _answers(self, tally: Tally) -> Mapping[str, Mapping[float, int]]:
        """AWS: error metrics are 0 or 1 per request, without a unit (facts 4.1)."""
        answers = tally.requests - tally.unanswered
        return {
            "Invocation4XXErrors": self._zero_or_one(tally.client_errors, answers),
            "Invocation5XXErrors": self._zero_or_one(tally.server_errors, answers),
            "InvocationModelErrors": self._zero_or_one(
                tally.model_errors - tally.unanswered, answers
            ),
        }

    def _silence(self, requests: int) -> Mapping[str, Mapping[float, int]]:
        server_errors = requests if self.unanswered_is_5xx else 0
        return {
            "Invocation4XXErrors": self._zero_or_one(0, requests),
            "Invocation5XXErrors": self._zero_or_one(server_errors, requests),
            "InvocationModelErrors": self._zero_or_one(requests, requests),
        }

    def _zero_or_one(self, ones: int, requests: int) -> dict[float, int]:
        counts = {0.0: (requests - ones) * (self.publishes_zeros or ones > 0), 1.0: ones}
        return {value: count for value, count in counts.items() if count}


def _requests(tally: Tally, instances: int) -> Mapping[str, Mapping[float, int]]:
    return {
        "Invocations": {1.0: tally.requests},
        "InvocationsPerInstance": {1.0 / instances: tally.requests},
        "ModelLatency": tally.model_latency,
        "OverheadLatency": tally.overhead_latency,
    }


class Router:
    """Answers InvokeEndpoint. Latency is real time, whatever the clock's speed."""

    def __init__(
        self, account: Account, endpoints: Endpoints, meter: Meter, seed: int, timeout: float
    ) -> None:
        self._account = account
        self._endpoints = endpoints
        self._meter = meter
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self.timeout_seconds = timeout

    def invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        begin = time.perf_counter()
        _refuse(headers)
        if len(body) > _MOST_BYTES:
            return _error(400, "ValidationError", f"Body is longer than {_MOST_BYTES} bytes.")
        if headers.get("X-Amzn-SageMaker-Target-Model"):  # the twin serves no multi-model endpoint
            return _error(400, "ValidationError", f"Endpoint {name} does not serve many models.")
        with ExitStack() as stack:
            with self._account.lock:
                endpoint = self._endpoints.find(name)
                if endpoint is None or not endpoint.serves:
                    return _error(400, "ValidationError", _not_found(name))
                variant = self._variant(endpoint, headers)
                if variant is None:
                    return _error(400, "ValidationError", _no_variant(name, headers))
                fleet = self._random.choice(variant.fleets)
                stack.enter_context(fleet.in_use())
            reply = self._ask(_server(fleet), headers, body)
        self._publish(name, variant, fleet, reply, time.perf_counter() - begin)
        return _answer(name, variant.name, reply)

    def _variant(self, endpoint: Endpoint, headers: Mapping[str, str]) -> Variant | None:
        target = headers.get("X-Amzn-SageMaker-Target-Variant")
        if target:
            return endpoint.variants.get(target)
        return draw(self._random, endpoint, 1)[0]

    def _ask(self, server: ModelServer, headers: Mapping[str, str], body: bytes) -> Reply:
        passed_on = {name: headers[name] for name in _PASSED_ON if headers.get(name)}
        with self._account.clock.working():
            return server.invoke(body, passed_on, self.timeout_seconds)

    def _publish(
        self, name: str, variant: Variant, fleet: Fleet, reply: Reply, seconds: float
    ) -> None:
        answered = reply.status > 0
        tally = Tally(
            1,
            int(400 <= reply.status < 500),  # noqa: PLR2004  # HTTP
            int(reply.status >= 500),  # noqa: PLR2004  # HTTP
            int(not answered),
            int(not _good(reply)),
            {round(reply.seconds * 1e6): 1} if answered else {},
            {round((seconds - reply.seconds) * 1e6): 1},
        )
        self._meter.publish(name, variant, fleet, tally, self._account.clock.now())


def draw(source: random.Random, endpoint: Endpoint, requests: int) -> list[Variant]:
    """Choose a variant for each of some requests, by the present weights.

    AWS: each request is drawn on its own; a share is the weight over the sum (facts 3.4).
    """
    variants = list(endpoint.variants.values())
    weights = [variant.current_weight for variant in variants]
    if not any(weights):
        raise NotSupportedByTwin(f"endpoint {endpoint.name} with weights that are all zero")
    return source.choices(variants, weights, k=requests)


def _server(fleet: Fleet) -> ModelServer:
    if fleet.server is None:
        raise NotSupportedByTwin(f"image {fleet.model.container.image} has no model server")
    return fleet.server


def _refuse(headers: Mapping[str, str]) -> None:
    for name in _UNSUPPORTED:
        if headers.get(name):
            raise NotSupportedByTwin(f"header {name} of InvokeEndpoint")


def _good(reply: Reply) -> bool:
    return 200 <= reply.status < 300  # noqa: PLR2004  # HTTP


def _answer(endpoint: str, variant: str, reply: Reply) -> HttpAnswer:
    if not _good(reply):
        return _model_error(endpoint, reply)
    headers = {
        "Content-Type": reply.content_type,
        "x-Amzn-Invoked-Production-Variant": variant,
    }
    if reply.custom_attributes:
        headers[_ATTRIBUTES] = reply.custom_attributes
    return 200, headers, reply.body


def _model_error(endpoint: str, reply: Reply) -> HttpAnswer:
    """AWS: a failure of the model is 424 with the model's status in the body (facts 3.6)."""
    text = reply.body.decode(errors="replace")
    side = "client" if 400 <= reply.status < 500 else "server"  # noqa: PLR2004  # HTTP
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    message = (
        f'Received {side} error ({reply.status}) from primary with message "{text}". '
        f"See log group {group} in account {ACCOUNT} for more information."
    )
    more = {
        "OriginalStatusCode": reply.status,
        "OriginalMessage": text,
        "LogStreamArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}",
    }
    return _error(424, "ModelError", message, more)


def _error(
    status: int, code: str, message: str, more: Mapping[str, Any] | None = None
) -> HttpAnswer:
    headers = {"x-amzn-ErrorType": code, "Content-Type": "application/json", "status": status}
    return status, headers, json.dumps({"Message": message, **(more or {})})


def _not_found(name: str) -> str:
    return f"Endpoint {name} of account {ACCOUNT} not found."


def _no_variant(name: str, headers: Mapping[str, str]) -> str:
    target = headers["X-Amzn-SageMaker-Target-Variant"]
    return f"Variant {target} not found on endpoint {name} of account {ACCOUNT}."
