"""Synthetic traffic: draws counts from a model's behaviour and publishes them as metrics."""

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from twin.core.account import Account
from twin.sagemaker.behaviour import Behaviour, tally_of, with_waits
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_state import Endpoint, Variant
from twin.sagemaker.endpoints import Endpoints
from twin.sagemaker.instances import Instance
from twin.sagemaker.meter import Meter, Tally
from twin.sagemaker.serving_models import names_of
from twin.sagemaker.shadow_changes import share_of
from twin.sagemaker.shadows import Shadows
from twin.sagemaker.traffic import draw, draw_fleets

__all__ = ["Answered", "Behaviour", "Synthetic"]

_Choice = TypeVar("_Choice")
_Key = tuple[str, int | None]  # a model and the position of an instance


class Answered(NamedTuple):
    """The numbers of requests that a fleet answered within a tick, with 2xx and otherwise.

    The requests of an endpoint are numbered from 0. Copies have the numbers of their originals.
    """

    endpoint: str
    variant: Variant
    fleet: Fleet
    good: Sequence[int]
    bad: frozenset[int]
    numbers: range
    at: float
    seconds: float

    def moment(self, number: int) -> float:
        """Return when a request came. The requests of a tick are spread evenly over it."""
        return self.at + self.seconds * self.numbers.index(number) / len(self.numbers)


class Listener(Protocol):
    """Wants to know of each answer of some fleets."""

    def wants(self, endpoint: str, fleet: Fleet) -> bool: ...

    def hear(self, answered: Answered) -> None: ...


class Synthetic:
    """Drives endpoints. There are no datapoints without requests or while nothing serves."""

    def __init__(
        self, account: Account, endpoints: Endpoints, meter: Meter, shadows: Shadows, seed: int
    ) -> None:
        self.tick_seconds = 10.0
        self.listeners: list[Listener] = []
        self._shadows = shadows
        self._account = account
        self._endpoints = endpoints
        self._meter = meter
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret
        # Apart, so that what others draw does not depend on shadows and listeners.
        self._more_random = random.Random(f"more {seed}")  # noqa: S311  # likewise
        self._numbers: dict[str, int] = defaultdict(int)
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
        first = self._numbers[name]
        numbers = range(first, first + requests)
        self._numbers[name] = numbers.stop
        tick = _Tick(name, numbers, at, self._copied(endpoint, numbers), self._held(endpoint))
        drawn = _split((each.name for each in draw(self._random, endpoint, requests)), numbers)
        for variant_name, share in drawn.items():
            self._share_out(self._random, tick, endpoint.variants[variant_name], share)
        if endpoint.shadow and tick.copied:
            self._share_out(self._more_random, tick, endpoint.shadow, sorted(tick.copied))

    def _copied(self, endpoint: Endpoint, numbers: Sequence[int]) -> frozenset[int]:
        share = share_of(endpoint)
        if not share:
            return frozenset()
        return frozenset(each for each in numbers if self._more_random.random() < share)

    def _held(self, endpoint: Endpoint) -> Behaviour | None:
        """Return the behaviour of the shadow if callers wait for it."""
        if endpoint.shadow is None or not self._shadows.holds_callers:
            return None
        return self._behaviour(endpoint.shadow.fleets[0], None) or Behaviour()

    def _share_out(
        self, source: random.Random, tick: "_Tick", variant: Variant, numbers: Sequence[int]
    ) -> None:
        fleets = draw_fleets(source, variant, len(numbers))
        for fleet, share in _split(fleets, numbers).items():
            self._record(source, tick, variant, fleet, share)

    def _record(
        self,
        source: random.Random,
        tick: "_Tick",
        variant: Variant,
        fleet: Fleet,
        numbers: Sequence[int],
    ) -> None:
        usual = self._behaviour(fleet, None) or Behaviour()
        own = self._own_behaviours(fleet)
        shares: Mapping[Instance | None, Sequence[int]] = {None: numbers}
        if own or fleet.has_enhanced_metrics:
            shares = _split(source.choices(fleet.serving, k=len(numbers)), numbers)
        for instance, share in shares.items():
            tally = tally_of(source, own.get(instance, usual), len(share))
            if tick.held and not variant.is_shadow:
                held = sum(number in tick.copied for number in share)
                tally = with_waits(self._more_random, tally, tick.held, held)
            self._meter.publish(tick.endpoint, variant, fleet, instance, tally, tick.at)
            self._tell(tick, variant, fleet, share, tally)

    def _tell(
        self,
        tick: "_Tick",
        variant: Variant,
        fleet: Fleet,
        numbers: Sequence[int],
        tally: Tally,
    ) -> None:
        wanting = [each for each in self.listeners if each.wants(tick.endpoint, fleet)]
        if not wanting:
            return
        bad = frozenset(self._more_random.sample(numbers, tally.model_errors))
        good = [number for number in numbers if number not in bad]
        place = (tick.endpoint, variant, fleet)
        answered = Answered(*place, good, bad, tick.numbers, tick.at, self.tick_seconds)
        for listener in wanting:
            listener.hear(answered)

    def _own_behaviours(self, fleet: Fleet) -> Mapping[Instance | None, Behaviour]:
        """Return the behaviour of each instance that has its own."""
        found = (
            (instance, self._behaviour(fleet, position))
            for position, instance in enumerate(fleet.serving)
        )
        return {instance: behaviour for instance, behaviour in found if behaviour}

    def _behaviour(self, fleet: Fleet, instance: int | None) -> Behaviour | None:
        keys = ((name, instance) for name in names_of(fleet.model))
        return next((self._behaviours[key] for key in keys if key in self._behaviours), None)


class _Tick(NamedTuple):
    """The requests of one tick. `copied` go to the shadow, too, for which callers may be `held`."""

    endpoint: str
    numbers: range
    at: float
    copied: frozenset[int]
    held: Behaviour | None


def _split(choices: Iterable[_Choice], numbers: Sequence[int]) -> dict[_Choice, list[int]]:
    """Return the numbers of each choice. There are as many choices as numbers."""
    parts: dict[_Choice, list[int]] = {}
    for choice, number in zip(choices, numbers, strict=True):
        parts.setdefault(choice, []).append(number)
    return parts
