"""InvokeEndpoint: routes by the present weights, answers, and publishes metrics."""

import json
import random
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from twin.core.account import ACCOUNT, REGION, Account
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_state import Endpoint, Variant
from twin.sagemaker.endpoints import Endpoints
from twin.sagemaker.instances import Instance
from twin.sagemaker.meter import Meter, Tally
from twin.sagemaker.model_server import ModelServer, Reply

HttpAnswer = tuple[int, dict[str, Any], Any]

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


class Router:
    """Answers InvokeEndpoint. Latencies are in real time, whatever the clock's speed."""

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
                fleet = draw_fleets(self._random, variant, 1)[0]
                instance = self._instance(fleet)
                stack.enter_context(fleet.in_use())
            reply = self._ask(_server(fleet), headers, body)
        tally = _tally(reply, time.perf_counter() - begin)
        self._meter.publish(name, variant, fleet, instance, tally, self._account.clock.now())
        return _answer(name, variant.name, reply)

    def _variant(self, endpoint: Endpoint, headers: Mapping[str, str]) -> Variant | None:
        target = headers.get("X-Amzn-SageMaker-Target-Variant")
        if target:
            return endpoint.variants.get(target)
        return draw(self._random, endpoint, 1)[0]

    def _instance(self, fleet: Fleet) -> Instance | None:
        """Choose an instance where the metrics name it."""
        return self._random.choice(fleet.serving) if fleet.has_enhanced_metrics else None

    def _ask(self, server: ModelServer, headers: Mapping[str, str], body: bytes) -> Reply:
        passed_on = {name: headers[name] for name in _PASSED_ON if headers.get(name)}
        with self._account.clock.working():
            return server.invoke(body, passed_on, self.timeout_seconds)


def draw(source: random.Random, endpoint: Endpoint, requests: int) -> list[Variant]:
    """Choose a variant for each of a number of requests, by the present weights.

    AWS: requests are drawn independently. A share is the weight over the sum (facts 3.4).
    """
    variants = list(endpoint.variants.values())
    weights = [variant.current_weight for variant in variants]
    if not any(weights):
        raise NotSupportedByTwin(f"endpoint {endpoint.name} with weights that are all zero")
    return source.choices(variants, weights, k=requests)


def draw_fleets(source: random.Random, variant: Variant, requests: int) -> list[Fleet]:
    """Choose a fleet for each of a number of requests to a variant, by the fleets' shares."""
    shares = [fleet.share for fleet in variant.fleets]
    return source.choices(variant.fleets, shares, k=requests)


def _tally(reply: Reply, seconds: float) -> Tally:
    answered = reply.status > 0
    return Tally(
        1,
        int(400 <= reply.status < 500),  # noqa: PLR2004  # HTTP
        int(reply.status >= 500),  # noqa: PLR2004  # HTTP
        int(not answered),
        int(not _good(reply)),
        {round(reply.seconds * 1e6): 1} if answered else {},
        {round((seconds - reply.seconds) * 1e6): 1},
    )


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
    """AWS: a model error has status 424, with the model's own status in the body (facts 3.6)."""
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
