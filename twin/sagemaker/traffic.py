"""InvokeEndpoint: routes by the present weights, and answers."""

import itertools
import random
import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from twin.core.account import Account
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.calls import Call, Calls, Request
from twin.sagemaker.containers import Fleet
from twin.sagemaker.copies import Copies
from twin.sagemaker.endpoint_state import Endpoint, Variant
from twin.sagemaker.endpoints import Endpoints
from twin.sagemaker.runtime_answers import HttpAnswer, answer, invalid, no_endpoint, no_variant
from twin.sagemaker.shadows import Shadows

_MOST_BYTES = 6_291_456
_INFERENCE_ID = re.compile(r"[!-~][ -~]{0,63}")
_UNSUPPORTED = (
    "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Enable-Explanations",
    "X-Amzn-SageMaker-Inference-Component",
    "X-Amzn-SageMaker-Session-Id",
    "X-Amzn-SageMaker-Prefix-Aware-Id",
)


class Router:
    """Answers InvokeEndpoint. `copies` sends what a shadow variant gets."""

    def __init__(
        self, account: Account, endpoints: Endpoints, calls: Calls, shadows: Shadows, seed: int
    ) -> None:
        self.calls = calls
        self.copies = Copies(account, calls, seed)
        self._account = account
        self._endpoints = endpoints
        self._shadows = shadows
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._numbers = itertools.count(1)

    def invoke(self, name: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        begin = time.perf_counter()
        refusal = _refusal(name, headers, body)
        if refusal:
            return refusal
        with ExitStack() as stack:
            with self._account.lock:
                endpoint = self._endpoints.find(name)
                if endpoint is None or not endpoint.serves:
                    return no_endpoint(name)
                target = headers.get("X-Amzn-SageMaker-Target-Variant")
                variant = self._variant(endpoint, target)
                if variant is None:
                    return no_variant(name, str(target))
                call = self._call(Request(name, next(self._numbers), headers, body), variant)
                stack.enter_context(call.fleet.in_use())
                copied = self._copy(endpoint, call)
            reply = self.calls.make(call, begin, copied)
        return answer(name, variant.name, reply)

    def _variant(self, endpoint: Endpoint, target: str | None) -> Variant | None:
        """AWS: TargetVariant overrides the weights, so that a variant of weight 0 answers, too."""
        if not target:
            return draw(self._random, endpoint, 1)[0]
        variant = endpoint.variants.get(target)
        if variant and variant.is_shadow and not self._shadows.takes_targets:
            return None
        return variant

    def _call(self, request: Request, variant: Variant) -> Call:
        """Choose a fleet, and an instance where the metrics name it."""
        (fleet,) = draw_fleets(self._random, variant, 1)
        instance = self._random.choice(fleet.serving) if fleet.has_enhanced_metrics else None
        call = Call(request, variant, fleet, instance)
        call.check()
        return call

    def _copy(self, endpoint: Endpoint, call: Call) -> Callable[[], None]:
        """Send a copy if the request is chosen. Return what the caller has to wait for."""
        if endpoint.shadow is None or call.variant.is_shadow or not self.copies.chosen(endpoint):
            return lambda: None
        wait = self.copies.send(self._call(call.request, endpoint.shadow))
        return wait if self._shadows.holds_callers else lambda: None


def draw(source: random.Random, endpoint: Endpoint, requests: int) -> list[Variant]:
    """Choose a production variant for each of a number of requests, by the present weights.

    AWS: requests are drawn independently. A share is the weight over the sum (facts 3.4).
    """
    variants = endpoint.production
    weights = [variant.current_weight for variant in variants]
    if not any(weights):
        raise NotSupportedByTwin(f"endpoint {endpoint.name} with weights that are all zero")
    return source.choices(variants, weights, k=requests)


def draw_fleets(source: random.Random, variant: Variant, requests: int) -> list[Fleet]:
    """Choose a fleet for each of a number of requests to a variant, by the fleets' shares."""
    shares = [fleet.share for fleet in variant.fleets]
    return source.choices(variant.fleets, shares, k=requests)


def _refusal(name: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer | None:
    """Return the answer to a request that is refused whatever the endpoint."""
    for header in _UNSUPPORTED:
        if headers.get(header):
            raise NotSupportedByTwin(f"header {header} of InvokeEndpoint")
    if len(body) > _MOST_BYTES:
        return invalid(f"Body is longer than {_MOST_BYTES} bytes.")
    if headers.get("X-Amzn-SageMaker-Target-Model"):  # the twin serves no multi-model endpoint
        return invalid(f"Endpoint {name} does not serve many models.")
    inference_id = headers.get("X-Amzn-SageMaker-Inference-Id")
    if inference_id is not None and not _INFERENCE_ID.fullmatch(inference_id):
        return invalid("InferenceId has 1 to 64 printable characters and begins with no space.")
    return None
