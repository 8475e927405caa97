"""Business outcomes of requests, published as an application does that learns of them later."""

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Literal, NamedTuple

from twin.core.account import Clock
from twin.sagemaker.containers import Fleet
from twin.sagemaker.serving_models import names_of
from twin.sagemaker.synthetic import Answered

Via = Literal["statistics", "values", "embedded"]
_MINUTE = 60.0
_DAY = 86_400.0
_MOST_VALUES = 150  # AWS: of a datum of PutMetricData
_MOST_EMBEDDED = 100  # AWS: of a metric of the embedded metric format
_CONCENTRATION = 4.0  # of the Beta distribution of a bounded value


@dataclass(frozen=True)
class Outcome:
    """What a model's answers lead to: 0 or 1, or a value within `bounds`.

    `mean` is the mean of a day. It moves by up to `swing` (0..1, a share of the mean) and is
    highest at `peak_hour` (UTC).
    """

    mean: float
    bounds: tuple[float, float] | None = None
    swing: float = 0.0
    peak_hour: float = 20.0

    def mean_at(self, at: float) -> float:
        """Return the mean at a simulated epoch second, within the bounds."""
        phase = 2 * math.pi * (at - self.peak_hour * 3600) / _DAY
        low, high = self.bounds or (0.0, 1.0)
        return min(high, max(low, self.mean * (1 + self.swing * math.cos(phase))))

    def draw(self, source: random.Random, at: float) -> float:
        """Draw one outcome. Values have two decimals."""
        mean = self.mean_at(at)
        if self.bounds is None:
            return float(source.random() < mean)
        low, high = self.bounds
        part = (mean - low) / (high - low)
        if part in (0.0, 1.0):
            return mean
        shape = (part * _CONCENTRATION, (1 - part) * _CONCENTRATION)
        return round(low + (high - low) * source.betavariate(*shape), 2)


@dataclass(frozen=True)
class Goal:
    """The metric of the outcomes. Values of `dimensions` may have {endpoint} and {variant}.

    The outcomes of a minute are published `delay_minutes` after its end, with the time of the
    requests: by PutMetricData as a statistic set or as values, or by the embedded metric format.
    """

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    delay_minutes: float = 0.0
    via: Via = "statistics"

    def of(self, endpoint: str, variant: str) -> dict[str, str]:
        """Return the dimensions of a variant's series."""
        return {
            name: value.format(endpoint=endpoint, variant=variant)
            for name, value in self.dimensions.items()
        }


class _Minute(NamedTuple):
    """The requests that are published together. `begin` is an epoch second."""

    endpoint: str
    variant: str
    begin: float


class Outcomes:
    """Collects outcomes and publishes them when they are due.

    It listens to synthetic traffic for the models that have an `Outcome`. Real callers `add` their
    own. `put` is a client's put_metric_data, and `log` takes lines of the application's log.
    """

    def __init__(
        self,
        clock: Clock,
        goal: Goal,
        *,
        put: Callable[..., object],
        log: Callable[[str], object],
        seed: int = 0,
    ) -> None:
        self._clock = clock
        self._goal = goal
        self._put = put
        self._log = log
        self._random = random.Random(f"outcomes {seed}")  # noqa: S311  # repeatable, not secret
        self._outcomes: dict[str, Outcome] = {}
        self._values: dict[_Minute, Counter[float]] = {}
        self._lock = Lock()

    def earn(self, model: str, outcome: Outcome) -> None:
        """Set what a model's answers lead to, by its name or its ModelDataUrl."""
        self._outcomes[model] = outcome

    def wants(self, _endpoint: str, fleet: Fleet) -> bool:
        """Return whether a fleet's answers have outcomes."""
        return self._of(fleet) is not None

    def hear(self, answered: Answered) -> None:
        """Draw the outcomes of synthetic requests.

        Shadows answer no caller. Callers do not know which variant failed, so that failures have
        no outcome.
        """
        outcome = self._of(answered.fleet)
        if outcome is None or answered.variant.is_shadow:
            return
        for number in answered.good:
            at = answered.moment(number)
            value = outcome.draw(self._random, at)
            self.add(answered.endpoint, answered.variant.name, value, at)

    def add(self, endpoint: str, variant: str, value: float, at: float) -> None:
        """Add the outcome of a request that this variant answered at an epoch second."""
        minute = _Minute(endpoint, variant, at // _MINUTE * _MINUTE)
        with self._lock:
            if minute not in self._values:
                self._values[minute] = Counter()
                due = minute.begin + _MINUTE + self._goal.delay_minutes * _MINUTE
                name = f"outcomes of {endpoint}"
                self._clock.call_at(
                    max(due, self._clock.now()), lambda: self._publish(minute), name
                )
            self._values[minute][value] += 1

    def _of(self, fleet: Fleet) -> Outcome | None:
        named = (self._outcomes.get(name) for name in names_of(fleet.model))
        return next((outcome for outcome in named if outcome), None)

    def _publish(self, minute: _Minute) -> None:
        with self._lock:
            values = self._values.pop(minute)
        with self._clock.working():
            if self._goal.via == "embedded":
                self._log("\n".join(self._lines(minute, values)))
            else:
                self._put(Namespace=self._goal.namespace, MetricData=self._data(minute, values))

    def _data(self, minute: _Minute, values: Counter[float]) -> list[dict[str, Any]]:
        dimensions = self._goal.of(minute.endpoint, minute.variant)
        datum = {
            "MetricName": self._goal.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Timestamp": datetime.fromtimestamp(minute.begin, UTC),
        }
        if self._goal.via == "statistics":
            return [{**datum, "StatisticValues": _statistics(values)}]
        return [
            {**datum, "Values": list(part), "Counts": [float(values[each]) for each in part]}
            for part in _parts(list(values), _MOST_VALUES)
        ]

    def _lines(self, minute: _Minute, values: Counter[float]) -> Iterator[str]:
        dimensions = self._goal.of(minute.endpoint, minute.variant)
        directive = {
            "Namespace": self._goal.namespace,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": self._goal.metric}],
        }
        aws = {"Timestamp": round(minute.begin * 1000), "CloudWatchMetrics": [directive]}
        for part in _parts(list(values.elements()), _MOST_EMBEDDED):
            yield json.dumps({"_aws": aws, **dimensions, self._goal.metric: part})


def _statistics(values: Counter[float]) -> dict[str, float]:
    return {
        "SampleCount": float(values.total()),
        "Sum": math.fsum(value * count for value, count in values.items()),
        "Minimum": min(values),
        "Maximum": max(values),
    }


def _parts(values: list[float], most: int) -> Iterator[list[float]]:
    for begin in range(0, len(values), most):
        yield values[begin : begin + most]
