"""Copies of requests for a shadow: how many, what is measured, and what callers notice of them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.twin.traffic_bench import COMMAND, UNITS, invoke, requests, values
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, Bench, bench
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.synthetic import Behaviour


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        yield made


def serve(aws: Bench, share: float = 1.0, **trouble: Any) -> None:
    """Put `churn` into service with real model servers, the shadow's with some trouble."""
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    aws.sagemaker.images.register("bad:1", COMMAND, DIGEST)
    aws.model()
    environment = {key.upper(): str(value) for key, value in trouble.items()}
    aws.model("two", image="bad:1", Environment=environment)
    aws.shadow_config("config-1", share)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)


def test_every_request_is_copied_at_weight_one(aws: Bench) -> None:
    serve(aws)
    for _ in range(10):
        assert invoke(aws)["InvokedProductionVariant"] == "live"
    aws.sagemaker.router.copies.wait()
    assert requests(aws, "live") == requests(aws, "candidate") == 10


def test_a_shadow_publishes_the_same_metrics_under_its_own_name(aws: Bench) -> None:
    serve(aws)
    invoke(aws)
    aws.sagemaker.router.copies.wait()
    for name, unit in UNITS.items():
        found = [datum for datum in aws.data if datum.name == name]
        series = Counter(tuple(sorted(datum.dimensions.items())) for datum in found)
        named = [("EndpointName", "churn"), ("VariantName", "candidate")]
        assert series[tuple(named)] == series[(("EndpointConfigName", "config-1"), *named)] == 1
        assert {datum.unit for datum in found} == {unit}


def test_a_share_of_the_requests_is_copied(aws: Bench) -> None:
    serve(aws, 0.5)
    for _ in range(100):
        invoke(aws)
    aws.sagemaker.router.copies.wait()
    assert requests(aws, "live") == 100
    assert requests(aws, "candidate") == pytest.approx(50, abs=20)


def test_errors_of_a_shadow_reach_no_caller(aws: Bench) -> None:
    serve(aws, status=500)
    answer = invoke(aws)
    assert "environment" in json.loads(answer["Body"].read())
    aws.sagemaker.router.copies.wait()
    assert values(aws, "Invocation5XXErrors", "candidate") == {1.0: 1}
    assert values(aws, "Invocation5XXErrors", "live") == {0.0: 1}


def test_a_slow_shadow_holds_no_caller(aws: Bench) -> None:
    serve(aws, seconds=0.5)
    invoke(aws)
    assert requests(aws, "candidate") == 0
    aws.sagemaker.router.copies.wait()
    (latency,) = values(aws, "ModelLatency", "candidate")
    (overhead,) = values(aws, "OverheadLatency", "live")
    assert overhead < 400_000 < latency


def test_a_slow_shadow_may_hold_callers(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.holds_callers = True
    serve(aws, seconds=0.5)
    invoke(aws)
    assert requests(aws, "candidate") == 1
    (overhead,) = values(aws, "OverheadLatency", "live")
    (latency,) = values(aws, "ModelLatency", "live")
    assert overhead + latency >= 500_000


def test_a_shadow_that_gives_no_answer_is_a_model_error_of_the_shadow(aws: Bench) -> None:
    aws.sagemaker.router.calls.timeout_seconds = 0.2
    serve(aws, seconds=5)
    invoke(aws)
    aws.sagemaker.router.copies.wait()
    assert values(aws, "InvocationModelErrors", "candidate") == {1.0: 1}
    assert values(aws, "InvocationModelErrors", "live") == {0.0: 1}


def test_a_shadow_without_a_model_server_is_refused_loudly(aws: Bench) -> None:
    serve(aws)
    aws.sagemaker.images.register("bad:1", [], DIGEST)
    aws.shadow_config()
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    with pytest.raises(NotSupportedByTwin, match="bad:1 has no model server"):
        invoke(aws)


def test_a_shadow_is_no_target(aws: Bench) -> None:
    serve(aws)
    with pytest.raises(ClientError, match="Variant candidate not found"):
        invoke(aws, TargetVariant="candidate")
    assert requests(aws, "candidate") == 0


def test_sagemaker_may_take_a_shadow_as_target(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.takes_targets = True
    serve(aws)
    assert invoke(aws, TargetVariant="candidate")["InvokedProductionVariant"] == "candidate"
    aws.sagemaker.router.copies.wait()
    assert (requests(aws, "live"), requests(aws, "candidate")) == (0, 1)


def drive(aws: Bench, share: float, shadow: Behaviour | None = None) -> None:
    """Two minutes of synthetic traffic."""
    aws.shadowed(share)
    aws.sagemaker.synthetic.behave("two", shadow or Behaviour())
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=3000)
    aws.clock.advance(120)


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_synthetic_requests_are_copied_too(aws: Bench, share: float) -> None:
    drive(aws, share)
    assert requests(aws, "live") > 5000
    copies = requests(aws, "live") * share
    assert requests(aws, "candidate") == pytest.approx(copies, rel=0 if share == 1 else 0.1)


def test_a_shadow_changes_nothing_of_what_callers_see() -> None:
    with bench() as beside:
        drive(beside, 1.0, Behaviour(error_rate=0.5, latency_ms=900))
        failed = values(beside, "Invocation5XXErrors", "candidate")[1.0]
        assert failed == pytest.approx(requests(beside, "live") / 2, rel=0.1)
        seen = {name: values(beside, name) for name in UNITS}
    with bench() as alone:
        alone.endpoint()
        alone.sagemaker.synthetic.drive("churn", requests_per_minute=3000)
        alone.clock.advance(120)
        assert {name: values(alone, name) for name in UNITS} == seen


def above(aws: Bench, microseconds: float) -> float:
    overhead = values(aws, "OverheadLatency")
    slow = sum(count for latency, count in overhead.items() if latency > microseconds)
    return slow / requests(aws, "live")


def test_a_slow_shadow_may_hold_synthetic_callers(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.holds_callers = True
    drive(aws, 0.5, Behaviour(latency_ms=900))
    assert above(aws, 400_000) == pytest.approx(0.5, abs=0.05)
    assert max(values(aws, "ModelLatency")) < 400_000


def test_a_hanging_shadow_may_hold_synthetic_callers_for_a_minute(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.holds_callers = True
    drive(aws, 1.0, Behaviour(silence_rate=0.5))
    assert above(aws, 59e6) == pytest.approx(0.5, abs=0.05)


def test_the_share_may_be_the_ratio_of_any_weights(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.takes_ratios = True
    aws.shadowed(1.0)
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": "live", "DesiredWeight": 4.0}],
    )
    aws.clock.advance(60)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=3000)
    aws.clock.advance(120)
    assert requests(aws, "candidate") == pytest.approx(requests(aws, "live") / 4, rel=0.1)


def test_a_ratio_above_one_copies_every_request(aws: Bench) -> None:
    aws.sagemaker.configs.shadows.takes_ratios = True
    drive(aws, 2.0)
    assert requests(aws, "candidate") == requests(aws, "live") > 0
