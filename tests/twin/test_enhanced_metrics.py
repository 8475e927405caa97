"""Enhanced metrics: the invocation metrics of each instance, beside those of its variant."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import cloudwatch_bench
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, Bench, bench, refusal, variant
from twin.cloudwatch import metrics
from twin.sagemaker.synthetic import Behaviour

COMMAND = [sys.executable, str(Path(__file__).parent / "fixtures" / "serve.py")]
ENHANCED = {"EnableEnhancedMetrics": True}
LIVE = {"EndpointName": "churn", "VariantName": "live"}
OF_AN_INSTANCE = {
    "Invocations",
    "Invocation4XXErrors",
    "Invocation5XXErrors",
    "InvocationModelErrors",
    "ModelLatency",
    "OverheadLatency",
}

Values = Mapping[float, int]


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        made.store_artefact()
        made.sagemaker.images.register(IMAGE, [], DIGEST)
        made.model()
        yield made


def configure(
    aws: Bench, name: str, metrics_config: Mapping[str, Any] | None = ENHANCED, **more: Any
) -> None:
    """A configuration with the variant `live`."""
    given = {} if metrics_config is None else {"MetricsConfig": metrics_config}
    aws.client.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant("live", **more)], **given
    )


def serve(
    aws: Bench, metrics_config: Mapping[str, Any] | None = ENHANCED, instances: int = 3
) -> None:
    """Put `churn` into service."""
    configure(aws, "config-1", metrics_config, InitialInstanceCount=instances)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)


def drive(aws: Bench) -> None:
    """Send 6000 requests in a minute, and forget what was published before."""
    aws.data.clear()
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=6000)
    aws.clock.advance(60)


def swap(aws: Bench) -> None:
    configure(aws, "config-2")
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)


def scale(aws: Bench, count: int) -> None:
    change = {"VariantName": "live", "DesiredInstanceCount": count}
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn", DesiredWeightsAndCapacities=[change]
    )
    aws.clock.advance(60)


def published(aws: Bench, name: str) -> dict[str, Values]:
    """What was recorded of a metric by instance, that of the whole variant under "all"."""
    found: defaultdict[str, Counter[float]] = defaultdict(Counter)
    for datum in aws.data:
        if datum.name == name and "EndpointConfigName" not in datum.dimensions:
            found[datum.dimensions.get("InstanceId", "all")].update(datum.values)
    return dict(found)


def ids(aws: Bench) -> set[str]:
    """The instances that took requests."""
    return set(published(aws, "Invocations")) - {"all"}


def position(aws: Bench, instance: int) -> str:
    """The id of the instance at a position of the fleet in service."""
    fleet = aws.sagemaker.endpoints.get("churn").variants["live"].fleets[0]
    return fleet.instances[instance].id


def dimensions(aws: Bench) -> set[tuple[str, ...]]:
    """The names of the dimensions of every series that an instance has."""
    of_instances = (datum.dimensions for datum in aws.data if "InstanceId" in datum.dimensions)
    return {tuple(sorted(each)) for each in of_instances}


def share_of_ones(values: Values) -> float:
    return values.get(1.0, 0) / sum(values.values())


def test_the_series_of_the_instances_add_up_to_the_variant_s(aws: Bench) -> None:
    serve(aws)
    sick = Behaviour(error_rate=0.1, client_error_rate=0.1, silence_rate=0.1)
    aws.sagemaker.synthetic.behave("one", sick)
    drive(aws)
    for name in OF_AN_INSTANCE:
        found = published(aws, name)
        whole = found.pop("all")
        assert len(found) == 3
        assert sum(map(Counter, found.values()), Counter()) == whole


def test_requests_are_spread_evenly_over_the_instances(aws: Bench) -> None:
    serve(aws)
    drive(aws)
    found = published(aws, "Invocations")
    assert found.pop("all") == {1.0: pytest.approx(6000, abs=10)}
    assert [taken[1.0] for taken in found.values()] == [pytest.approx(2000, abs=200)] * 3


def test_an_instance_has_all_metrics_but_the_one_per_instance(aws: Bench) -> None:
    serve(aws)
    drive(aws)
    assert {datum.name for datum in aws.data if "InstanceId" in datum.dimensions} == OF_AN_INSTANCE


@pytest.mark.parametrize(
    "metrics_config",
    [None, {}, {"EnableEnhancedMetrics": False}, {"EnableDetailedObservability": True}],
)
def test_without_enhanced_metrics_no_series_names_an_instance(
    aws: Bench, metrics_config: Mapping[str, Any] | None
) -> None:
    serve(aws, metrics_config)
    aws.sagemaker.synthetic.behave("one", Behaviour(error_rate=0.5), instance=0)
    drive(aws)
    assert aws.data
    assert dimensions(aws) == set()


def test_an_instance_that_fails_counts_for_the_variant_even_if_no_series_names_it(
    aws: Bench,
) -> None:
    serve(aws, None, instances=2)
    aws.sagemaker.synthetic.behave("one", Behaviour(error_rate=0.5), instance=0)
    drive(aws)
    failed = published(aws, "Invocation5XXErrors")["all"]
    assert share_of_ones(failed) == pytest.approx(0.25, abs=0.03)


def test_ids_look_like_those_of_ec2_and_stay_while_the_fleet_lives(aws: Bench) -> None:
    serve(aws)
    drive(aws)
    before = ids(aws)
    assert all(re.fullmatch("i-0[0-9a-f]{16}", each) for each in before)
    drive(aws)
    assert ids(aws) == before


def test_an_update_replaces_every_instance(aws: Bench) -> None:
    serve(aws)
    drive(aws)
    before = ids(aws)
    swap(aws)
    drive(aws)
    assert len(ids(aws)) == 2
    assert not ids(aws) & before


def test_scaling_ends_and_adds_instances_and_leaves_the_others(aws: Bench) -> None:
    serve(aws, instances=2)
    seen = []
    for count in (3, 1, 2):
        scale(aws, count)
        drive(aws)
        seen.append(ids(aws))
    wide, narrow, again = seen
    assert [len(each) for each in seen] == [3, 1, 2]
    assert narrow < wide
    assert wide & again == narrow


@pytest.mark.parametrize(
    ("name", "behaviour", "is_bad"),
    [
        pytest.param(
            "Invocation5XXErrors",
            Behaviour(error_rate=0.2),
            lambda values: share_of_ones(values) > 0.1,
            id="fails",
        ),
        pytest.param(
            "ModelLatency",
            Behaviour(latency_ms=400),
            lambda values: min(values) > 150_000,
            id="slow",
        ),
    ],
)
def test_one_instance_can_be_bad_alone(
    aws: Bench, name: str, behaviour: Behaviour, is_bad: Callable[[Values], bool]
) -> None:
    serve(aws)
    aws.sagemaker.synthetic.behave("one", behaviour, instance=1)
    drive(aws)
    found = published(aws, name)
    del found["all"]
    assert {each for each, values in found.items() if is_bad(values)} == {position(aws, 1)}


def test_the_fleet_after_an_update_has_a_bad_instance_too(aws: Bench) -> None:
    serve(aws)
    aws.sagemaker.synthetic.behave("one", Behaviour(error_rate=0.2), instance=1)
    before = position(aws, 1)
    swap(aws)
    drive(aws)
    found = published(aws, "Invocation5XXErrors")
    del found["all"]
    bad = {each for each, values in found.items() if 1.0 in values}
    assert bad == {position(aws, 1)} != {before}


@pytest.mark.parametrize(("has_containers", "more"), [(False, ()), (True, ("ContainerId",))])
def test_an_instance_s_series_can_have_its_container_too(
    aws: Bench, has_containers: bool, more: tuple[str, ...]
) -> None:
    aws.sagemaker.meter.instances_have_containers = has_containers
    serve(aws)
    drive(aws)
    assert dimensions(aws) == {(*more, "EndpointName", "InstanceId", "VariantName")}
    series = {tuple(sorted(datum.dimensions.items())) for datum in aws.data}
    assert len([each for each in series if "InstanceId" in dict(each)]) == 3


@pytest.mark.parametrize("has_configs", [False, True])
def test_an_instance_can_have_a_series_per_configuration(aws: Bench, has_configs: bool) -> None:
    aws.sagemaker.meter.instances_have_configs = has_configs
    serve(aws)
    drive(aws)
    by_config = ("EndpointConfigName", "EndpointName", "InstanceId", "VariantName")
    assert (by_config in dimensions(aws)) == has_configs
    assert ("EndpointName", "InstanceId", "VariantName") in dimensions(aws)


def test_a_real_request_is_measured_on_one_instance(aws: Bench) -> None:
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    serve(aws, instances=2)
    aws.data.clear()
    aws.runtime.invoke_endpoint(EndpointName="churn", Body=b"{}", ContentType="application/json")
    (taken,) = ids(aws)
    assert taken in {position(aws, 0), position(aws, 1)}
    assert {datum.name for datum in aws.data if "InstanceId" in datum.dimensions} == OF_AN_INSTANCE


@pytest.mark.parametrize("has_containers", [False, True])
def test_list_metrics_lists_the_series_of_each_instance(aws: Bench, has_containers: bool) -> None:
    aws.sagemaker.meter.instances_have_containers = has_containers
    serve(aws)
    drive(aws)
    wanted = [{"Name": key, "Value": value} for key, value in LIVE.items()]
    with cloudwatch_bench.bench() as watch:
        for datum in aws.data:
            metrics.record(*datum)
        watch.minutes(20)
        listed = watch.client.list_metrics(
            Namespace="AWS/SageMaker",
            MetricName="ModelLatency",
            Dimensions=[*wanted, {"Name": "InstanceId"}],
        )["Metrics"]
    found = [{each["Name"]: each["Value"] for each in one["Dimensions"]} for one in listed]
    assert {each["InstanceId"] for each in found} == ids(aws)
    assert [each.keys() - LIVE.keys() for each in found] == [
        {"InstanceId", "ContainerId"} if has_containers else {"InstanceId"}
    ] * 3


def test_a_frequency_that_sagemaker_does_not_have_is_refused(aws: Bench) -> None:
    with refusal(says="MetricPublishFrequencyInSeconds 45"):
        configure(aws, "config-1", {**ENHANCED, "MetricPublishFrequencyInSeconds": 45})


def test_the_configuration_keeps_its_metrics(aws: Bench) -> None:
    given = {**ENHANCED, "MetricPublishFrequencyInSeconds": 10}
    configure(aws, "config-1", given)
    described = aws.client.describe_endpoint_config(EndpointConfigName="config-1")
    assert described["MetricsConfig"] == given
