"""Counts calls in an account that throttles: tries, throttled tries and seconds, by API."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping

from penstock.domain.errors import Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire
from twin.core.rates import Buckets, Slots

SECONDS = {"sagemaker": 0.15, "cloudwatch": 0.1, "dynamodb": 0.02}
"""The seconds that one answer takes, estimated high."""
ASKING, ACTING, HURRYING = 5, 1, 4
"""The tries of a client: for reads, inside a lock or a survey, and for the look before a rollback
(bootstrap)."""
LIVES = 60.0
"""The seconds after which Lambda kills a task."""


def seconds_of(service: str) -> float:
    """Return the seconds that one answer of a service takes."""
    return SECONDS.get(service, 0.1)


Api = tuple[str, str]
_LOOK: Api = ("sagemaker", "DescribeEndpoint")
_CONFIG: Api = ("sagemaker", "DescribeEndpointConfig")
_WRITE: Api = ("dynamodb", "UpdateItem")
_READ: Api = ("dynamodb", "GetItem")
_QUERY: Api = ("dynamodb", "Query")

CALLS: Mapping[str, tuple[Api, ...]] = {
    "cloud.look": (_LOOK,),
    "cloud.setup": (
        _CONFIG,
        ("sagemaker", "DescribeModel"),
        *[("sagemaker", "ListTags")] * 3,
    ),
    "cloud.listed": (("sagemaker", "ListEndpoints"),),
    "cloud.configs_of": (_LOOK,),
    "cloud.models_of": (_CONFIG,),
    "cloud.create_model": (("sagemaker", "CreateModel"),),
    "cloud.create_config": (("sagemaker", "CreateEndpointConfig"),),
    "cloud.update": (("sagemaker", "UpdateEndpoint"),),
    "cloud.weights": (("sagemaker", "UpdateEndpointWeightsAndCapacities"),),
    "cloud.delete_config": (("sagemaker", "DeleteEndpointConfig"),),
    "cloud.delete_model": (("sagemaker", "DeleteModel"),),
    "alarms.states": (("cloudwatch", "DescribeAlarms"),),
    "alarms.put": (("cloudwatch", "PutMetricAlarm"),),
    "alarms.delete": (("cloudwatch", "DeleteAlarms"),),
    "minutes.read": (("cloudwatch", "GetMetricData"),),
    "metrics.requests": (("cloudwatch", "GetMetricData"),),
    "policies.policy": (("ssm", "GetParameter"),),
    "policies.endpoints": (("ssm", "GetParametersByPath"),),
    "registry.package": (("sagemaker", "DescribeModelPackage"),),
    "registry.listed": (("sagemaker", "ListModelPackages"),),
    "reviews.remembered": (_READ,),
    "executions.start": (("stepfunctions", "StartExecution"),),
    "executions.running": (("stepfunctions", "DescribeExecution"),),
    "executions.wake": (("stepfunctions", "SendTaskFailure"),),
    "scaling.describe": (("application-autoscaling", "DescribeScalableTargets"),),
    "ledger.write": (_WRITE,),
    "ledger.saw": (("dynamodb", "BatchWriteItem"),),
    "ledger.gate": (_READ,),
    "ledger.record": (_READ,),
    "ledger.gates": (_QUERY,),
    "ledger.keys": (_QUERY,),
    "ledger.watching": (_QUERY,),
    "ledger.of_package": (_QUERY,),
    "ledger.records": (_QUERY,),
    "ledger.seen": (_QUERY,),
    "ledger.whole_gates": (_QUERY, *[("dynamodb", "BatchGetItem")] * 2),
}
"""Maps each method of a fake to the AWS call that it stands for."""
SURVEYS = frozenset({"cloud.listed", "cloud.configs_of", "cloud.models_of"})


class Meter:
    """Counts and throttles the calls between use cases and fakes.

    `elapsed` has the seconds of the current task. `pages` says how many calls a listing takes.
    A task that exceeds its time limit is killed.
    """

    def __init__(self, clock: FakeClock, wire: Wire, ledger: FakeLedger) -> None:
        self.buckets = Buckets(Slots)  # overlapping tasks are simulated one after the other
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.elapsed = 0.0
        self.held = 0.0
        self.pages: dict[str, Callable[[], int]] = {}
        self._clock, self._wire, self._ledger = clock, wire, ledger
        self._chance = random.Random(7)  # noqa: S311  # a benchmark that can be repeated
        for point in CALLS:
            wire.refused[point] = lambda point=point: self._called(point)  # type: ignore[misc]  # mypy cannot infer a default

    @property
    def now(self) -> float:
        """The present time of the task, in seconds since 1970."""
        return self._clock.now() / 1000 + self.elapsed

    @property
    def inside(self) -> bool:
        """Whether the current task holds the lock of its endpoint."""
        at_work = self._wire.current
        if at_work.lock is None or at_work.endpoint is None:
            return False
        return self._ledger.peek(at_work.endpoint).lock == at_work.lock

    def _called(self, point: str) -> Exception | None:
        held = self.inside
        tries = self._tries(point, inside=held)
        before = self.elapsed
        try:
            for api in CALLS[point] * self.pages.get(point, lambda: 1)():
                self._call(api, tries)
        except Unavailable as error:
            return error
        finally:
            self.held += self.elapsed - before if held else 0.0
        return None

    def _tries(self, point: str, *, inside: bool) -> int:
        if point == "cloud.look" and self._wire.current.name.endswith("Roll back"):
            return HURRYING
        once = (inside and not point.startswith("ledger")) or point in SURVEYS
        return ACTING if once else ASKING

    def _call(self, api: Api, tries: int) -> None:
        service, operation = api
        name = f"{service} {operation}"
        for number in range(tries):
            self._spend(name, seconds_of(service))
            if self.buckets.take(service, operation, self.now):
                return
            if number + 1 < tries:  # botocore's standard mode
                self._spend(name, self._chance.random() * min(2.0**number, 20.0))
        raise Unavailable(f"{operation}: Rate exceeded")

    def _spend(self, name: str, seconds: float) -> None:
        self.elapsed += seconds
        self.seconds[name] += seconds
        if self.elapsed > LIVES and self._wire.current.name != "sweep":
            self._wire.kill()
