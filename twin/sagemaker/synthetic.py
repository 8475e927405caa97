"""Synthetic traffic: draws counts from a model's behaviour and publishes them as metrics."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from twin.core.account import Account
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_state import Variant
from twin.sagemaker.endpoints import Endpoints
from twin.sagemaker.instances import Instance
from twin.sagemaker.meter import Meter, Tally
from twin.sagemaker.serving_models import Model
from twin.sagemaker.traffic import draw, draw_fleets

_SPREAD = 0.2  # of the logarithm of a latency
_STEPS = 41
_OVERHEAD_MS = 3.0

_Key = tuple[str | None, int | None]  # a model and the position of an instance


@dataclass(frozen=True)
class Behaviour:
    """How a model answers. Latencies are medians, and `slow_rate` of the answers are slow.

    `silence_rate` of the requests get no answer, because the model hangs, dies or answers nonsense.
    """

    error_rate: float = 0.0
    latency_ms: float = 50.0
    slow_rate: float = 0.0
    slow_ms: float = 500.0
    client_error_rate: float = 0.0
    silence_rate: float = 0.0


class Synthetic:
    """Drives endpoints. There are no datapoints without requests or while nothing serves."""

    def __init__(self, account: Account, endpoints: Endpoints, meter: Meter, seed: int) -> None:
        self.tick_seconds = 10.0
        self._account = account
        self._endpoints = endpoints
        self._meter = meter
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._behaviours: dict[_Key, Behaviour] = {}
        self._rates: dict[str, float] = {}

    def behave(self, model: str, behaviour: Behaviour, *, instance: int | None = None) -> None:
        """Set how a model behaves from now on, by its name or its ModelDataUrl.

        With `instance`, this holds for one instance of each fleet that serves the model. It is the
        instance's position in `Fleet.instances`, so that the next fleet has such an instance too.
        """
        with self._account.lock:
            self._behaviours[model, instance] = behaviour

    def drive(self, endpoint: str, requests_per_minute: float) -> None:
        """Send requests from now on. A later call changes the rate, and 0 ends it."""
        with self._account.lock:
            begun = endpoint in self._rates
            self._rates[endpoint] = requests_per_minute
            if not begun:
                now = self._account.clock.now()
                self._plan(endpoint, math.ceil(now / self.tick_seconds) * self.tick_seconds)

    def _plan(self, endpoint: str, begin: float) -> None:
        end = begin + self.tick_seconds
        name = f"traffic of {endpoint}"
        self._account.clock.call_at(end, lambda: self._tick(endpoint, begin, end), name)

    def _tick(self, name: str, begin: float, end: float) -> None:
        with self._account.lock:
            rate = self._rates[name]
            if not rate:
                del self._rates[name]
                return
            self._send(name, self._whole(rate * self.tick_seconds / 60), begin)
            self._plan(name, end)

    def _whole(self, requests: float) -> int:
        """Round up or down at random, so that the average is exact."""
        return math.floor(requests + self._random.random())

    def _send(self, name: str, requests: int, at: float) -> None:
        endpoint = self._endpoints.find(name)
        if endpoint is None or not endpoint.serves:
            return
        drawn = Counter(variant.name for variant in draw(self._random, endpoint, requests))
        for variant_name, count in drawn.items():
            variant = endpoint.variants[variant_name]
            fleets = Counter(draw_fleets(self._random, variant, count))
            for fleet, share in fleets.items():
                self._record(name, variant, fleet, share, at)

    def _record(self, name: str, variant: Variant, fleet: Fleet, requests: int, at: float) -> None:
        usual = self._behaviour(fleet, None) or Behaviour()
        own = self._own_behaviours(fleet)
        shares: Mapping[Instance | None, int] = {None: requests}
        if own or fleet.has_enhanced_metrics:
            shares = Counter(self._random.choices(fleet.serving, k=requests))
        for instance, share in shares.items():
            tally = self._tally(own.get(instance, usual), share)
            self._meter.publish(name, variant, fleet, instance, tally, at)

    def _own_behaviours(self, fleet: Fleet) -> Mapping[Instance | None, Behaviour]:
        """Return the behaviour of each instance that has its own."""
        found = (
            (instance, self._behaviour(fleet, position))
            for position, instance in enumerate(fleet.serving)
        )
        return {instance: behaviour for instance, behaviour in found if behaviour}

    def _behaviour(self, fleet: Fleet, instance: int | None) -> Behaviour | None:
        keys = ((name, instance) for name in _names(fleet.model))
        return next((self._behaviours[key] for key in keys if key in self._behaviours), None)

    def _tally(self, behaviour: Behaviour, requests: int) -> Tally:
        statuses = self._statuses(behaviour, requests)
        return Tally(
            requests,
            statuses[400],
            statuses[500],
            statuses[0],
            requests - statuses[200],
            self._latencies(behaviour, requests - statuses[0]),
            self._times(_OVERHEAD_MS, requests),
        )

    def _statuses(self, behaviour: Behaviour, requests: int) -> Counter[int]:
        bad = (behaviour.client_error_rate, behaviour.error_rate, behaviour.silence_rate)
        rates = (*bad, 1 - sum(bad))
        return Counter(self._random.choices((400, 500, 0, 200), rates, k=requests))

    def _latencies(self, behaviour: Behaviour, requests: int) -> Counter[float]:
        slow = sum(self._random.random() < behaviour.slow_rate for _ in range(requests))
        fast = self._times(behaviour.latency_ms, requests - slow)
        return fast + self._times(behaviour.slow_ms, slow)

    def _times(self, median_ms: float, requests: int) -> Counter[float]:
        factors = Counter(self._random.choices(_FACTORS, k=requests))
        microseconds: Counter[float] = Counter()
        for factor, count in factors.items():
            microseconds[round(median_ms * factor * 1000)] += count
        return microseconds


def _names(model: Model) -> tuple[str, str | None]:
    return model.name, model.container.model_data_url


def _log_normal(steps: int) -> Iterable[float]:
    normal = NormalDist(0, _SPREAD)
    return (math.exp(normal.inv_cdf((step + 0.5) / steps)) for step in range(steps))


_FACTORS = tuple(_log_normal(_STEPS))
