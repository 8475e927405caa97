"""The twin's SageMaker with its CloudWatch, for deployments with guardrails, on a hand clock."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from moto import mock_aws

from tests.worlds.sagemaker_bench import (
    DIGEST,
    IMAGE,
    REGION,
    Bench,
    Datum,
    Event,
    HandClock,
    variant,
)
from twin.cloudwatch import cloudwatch, metrics
from twin.core.hooks import hooked
from twin.sagemaker.guardrails import Guardrails
from twin.sagemaker.sagemaker import SageMaker

LAUNCH, ACTIVATE, TERMINATE = 240, 10, 30
"""The twin's seconds for new instances, for a step of traffic and for ending instances."""
BRAKE: Mapping[str, Any] = {
    "Namespace": "Ours",
    "MetricName": "Brake",
    "Dimensions": [{"Name": "EndpointName", "Value": "churn"}],
}
Json = dict[str, Any]


def count(value: int) -> Json:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def percent(value: int) -> Json:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def blue_green(**more: Any) -> Json:
    """A DeploymentConfig; `more` goes into the routing or into the policy, as each belongs."""
    names = ("Type", "WaitIntervalInSeconds", "CanarySize", "LinearStepSize")
    given = {name: more.pop(name) for name in names if name in more}
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0, **given}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **more}}


def canary(size: Json, wait: int = 600, final: int = 600, **more: Any) -> Json:
    waits = {"WaitIntervalInSeconds": wait, "TerminationWaitInSeconds": final}
    return blue_green(Type="CANARY", CanarySize=size, **waits, **more)


def linear(size: Json, wait: int = 300, final: int = 300, **more: Any) -> Json:
    waits = {"WaitIntervalInSeconds": wait, "TerminationWaitInSeconds": final}
    return blue_green(Type="LINEAR", LinearStepSize=size, **waits, **more)


def rolling(size: Json, wait: int = 300, **more: Any) -> Json:
    policy = {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait, **more}
    return {"RollingUpdatePolicy": policy}


def watched(config: Json, *alarms: str) -> Json:
    """The same with these rollback alarms."""
    return {
        **config,
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
    }


def alarm(name: str = "brake", **more: Any) -> Json:
    """PutMetricAlarm for a metric of our own: one of one, and missing data is fine."""
    return {
        "AlarmName": name,
        **BRAKE,
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": False,
        **more,
    }


def pull(cloudwatch: Any) -> None:
    """Publish the metric of the brake for this minute."""
    datum = {key: BRAKE[key] for key in ("MetricName", "Dimensions")}
    cloudwatch.put_metric_data(Namespace="Ours", MetricData=[{**datum, "Value": 1.0}])


@dataclass
class GuardedBench(Bench):
    """The endpoint `churn` serves `config-1`; `config-2` is there, with the model `two`."""

    @cached_property
    def cloudwatch(self) -> Any:
        session: Any = boto3.Session("testing", "testing", region_name=REGION)
        return session.client("cloudwatch")

    @property
    def switches(self) -> Guardrails:
        return self.sagemaker.faults.guardrails

    def furnish(self, instances: int, command: Sequence[str], **weights: float) -> None:
        self.store_artefact()
        self.sagemaker.images.register(IMAGE, command, DIGEST)
        for number, model in enumerate(("one", "two"), start=1):
            self.model(model, Environment={"MODEL": model})
            self.client.create_endpoint_config(
                EndpointConfigName=f"config-{number}",
                ProductionVariants=[
                    variant(name, weight, ModelName=model, InitialInstanceCount=instances)
                    for name, weight in (weights or {"live": 1.0}).items()
                ],
            )
        self.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
        self.clock.advance(180)
        self.events.clear()

    def deploy(self, config: Json, to: str = "config-2", **more: Any) -> None:
        self.client.update_endpoint(
            EndpointName="churn", EndpointConfigName=to, DeploymentConfig=config, **more
        )

    def step(self, name: str = "live") -> tuple[str, str]:
        """Status and message of a pending variant."""
        (status,) = self.pending(name)["VariantStatus"]
        return status["Status"], status.get("StatusMessage", "")

    def pending(self, name: str = "live") -> Json:
        summary = self.describe()["PendingDeploymentSummary"]["ProductionVariants"]
        return next(found for found in summary if found["VariantName"] == name)

    def outcome(self) -> tuple[str, str]:
        described = self.describe()
        return described["EndpointStatus"], described["EndpointConfigName"]

    def shares(self, minutes: int = 3, name: str = "live") -> dict[str, float]:
        """The shares of the requests that the series of each configuration count from now on."""
        self.data.clear()
        self.sagemaker.synthetic.drive("churn", 6000)
        self.clock.advance(60 * minutes)
        self.sagemaker.synthetic.drive("churn", 0)
        counted = self._requests(name)
        return {config: round(n / counted.total(), 2) for config, n in counted.items()}

    def _requests(self, name: str) -> Counter[str]:
        counted: Counter[str] = Counter()
        for datum in self.data:
            config = datum.dimensions.get("EndpointConfigName")
            if config and datum.name == "Invocations" and datum.dimensions["VariantName"] == name:
                counted[config] += sum(datum.values.values())
        return counted

    def alarm(self, name: str = "brake", **more: Any) -> None:
        self.cloudwatch.put_metric_alarm(**alarm(name, **more))

    def brake(self, minutes: int = 1) -> None:
        """Publish the metric of the brake once a minute."""
        for _ in range(minutes):
            pull(self.cloudwatch)
            self.clock.advance(60)

    def steps(self) -> list[tuple[str, str]]:
        """What the deployment events told of the variant `live`."""
        kind = "SageMaker Endpoint Deployment State Change"
        told = [event.detail for event in self.events if event.detail_type == kind]
        summaries = [detail["PendingDeploymentSummary"]["ProductionVariants"][0] for detail in told]
        statuses = [summary["VariantStatus"][0] for summary in summaries]
        return [(status["Status"], status["StatusMessage"]) for status in statuses]


@contextmanager
def guarded(
    instances: int = 4, command: Sequence[str] = (), **weights: float
) -> Iterator[GuardedBench]:
    """A SageMaker and a CloudWatch in a fresh moto, undone at the end.

    `command` starts real model servers.
    """
    events: list[Event] = []
    data: list[Datum] = []
    clock = HandClock()

    def emit(
        source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> None:
        said = (source, detail_type, detail, resources)
        events.append(Event(*json.loads(json.dumps(said))))

    def record(
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        values: Mapping[float, int],
        at: float,
        unit: str,
    ) -> None:
        datum = Datum(namespace, name, dimensions, values, at, unit)
        data.append(datum)
        metrics.record(*datum)

    made = SageMaker(clock, emit, record)
    with hooked() as hooks, closing(made):
        installed = cloudwatch.install(hooks, clock, emit)
        made.alarms.read = installed.alarms.state
        made.install(hooks)
        with mock_aws():
            aws = GuardedBench(made, clock, hooks, events, data)
            aws.furnish(instances, command, **weights)
            yield aws
