"""Publishes SageMaker's metrics of requests, with a switch for each undocumented detail."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.core.account import Record
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_state import Variant
from twin.sagemaker.instances import Instance

_NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True)
class Tally:
    """Requests of one variant that are recorded together. Latencies map microseconds to counts.

    `unanswered` requests got no HTTP answer, but a time-out, a dropped connection or nonsense.
    AWS: model errors are all requests without a 2xx answer (facts 4.1).
    """

    requests: int
    client_errors: int
    server_errors: int
    unanswered: int
    model_errors: int
    model_latency: Mapping[float, int]
    overhead_latency: Mapping[float, int]


class Meter:
    """Publishes SageMaker's metrics of requests.

    AWS does not document these details, and tests may change them. `unanswered_is_5xx` says whether
    a request without an answer is also a 5xx. `gives_up_after` has the seconds until its failure is
    counted. `publishes_zeros` says whether an error metric is published without errors: AWS
    says so, but not everyone observes it. `unpublished` names metrics that never appear.

    Two more are about enhanced metrics. `instances_have_containers` says whether the series of an
    instance has the dimension ContainerId too. `instances_have_configs` says whether each instance
    has a second series, with the dimension EndpointConfigName.
    """

    def __init__(self, record: Record) -> None:
        self.unanswered_is_5xx = False
        self.gives_up_after = 0.0
        self.publishes_zeros = True
        self.unpublished: frozenset[str] = frozenset()
        self.instances_have_containers = False
        self.instances_have_configs = False
        self._record = record

    def publish(
        self,
        endpoint: str,
        variant: Variant,
        fleet: Fleet,
        instance: Instance | None,
        tally: Tally,
        at: float,
    ) -> None:
        """Publish requests, all of which one instance took if one is given.

        AWS: there is a series per variant, and one per variant and configuration. Enhanced metrics
        add one per instance (facts 4.1).
        """
        series = {"EndpointName": endpoint, "VariantName": variant.name}
        by_config = {**series, "EndpointConfigName": fleet.config_name}
        per_instance = {1.0 / variant.current_count: tally.requests}
        for dimensions in (series, by_config):
            self._write_all(dimensions, tally, at)
            self._write(dimensions, {"InvocationsPerInstance": per_instance}, at)
        if instance and fleet.has_enhanced_metrics:
            for dimensions in (series, by_config)[: 1 + self.instances_have_configs]:
                self._write_all({**dimensions, **self._ids(instance)}, tally, at)

    def _ids(self, instance: Instance) -> Mapping[str, str]:
        container = {"ContainerId": instance.container_id}
        return {"InstanceId": instance.id, **(container if self.instances_have_containers else {})}

    def _write_all(self, dimensions: Mapping[str, str], tally: Tally, at: float) -> None:
        self._write(dimensions, _requests(tally), at)
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
        """AWS: error metrics have a value of 0 or 1 per request and no unit (facts 4.1)."""
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


def _requests(tally: Tally) -> Mapping[str, Mapping[float, int]]:
    return {
        "Invocations": {1.0: tally.requests},
        "ModelLatency": tally.model_latency,
        "OverheadLatency": tally.overhead_latency,
    }
