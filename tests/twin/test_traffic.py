"""Real requests to real model servers, and synthetic traffic that looks the same."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.twin.traffic_bench import COMMAND, UNITS, invoke, requests, serve, values
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, Bench, Datum, bench, variant
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.synthetic import Behaviour


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        yield made


def servers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "serve.py" in " ".join(child.cmdline())]


def test_a_model_server_keeps_the_container_contract(aws: Bench) -> None:
    serve(aws, {"weights.txt": "0.25"})
    answer = invoke(aws, CustomAttributes="from the caller")
    body = json.loads(answer["Body"].read())
    assert body["files"] == {"weights.txt": "0.25"}
    assert body["environment"]["THRESHOLD"] == "0.5"
    assert body["told"] == "from the caller"
    assert "AWS_SECRET_ACCESS_KEY" not in body["environment"]
    assert answer["InvokedProductionVariant"] == "live"
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "from the model"


@pytest.mark.parametrize("trouble", ["crash", "sick"])
def test_a_server_that_does_not_come_up_fails_the_creation(aws: Bench, trouble: str) -> None:
    aws.sagemaker.containers.patience_seconds = 0.5
    serve(aws, {trouble: ""})
    assert aws.describe()["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in aws.describe()["FailureReason"]


def test_a_server_that_does_not_come_up_rolls_the_update_back(aws: Bench) -> None:
    serve(aws, {})
    aws.sagemaker.images.register("broken:1", [sys.executable, "-c", "1/0"], DIGEST)
    aws.model("two", image="broken:1")
    new = [variant("live", ModelName="two")]
    aws.client.create_endpoint_config(EndpointConfigName="config-2", ProductionVariants=new)
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    assert aws.describe()["EndpointConfigName"] == "config-1"
    assert invoke(aws)["InvokedProductionVariant"] == "live"


def test_an_artefact_that_cannot_be_unpacked_fails_the_creation(aws: Bench) -> None:
    aws.store_artefact()
    aws.s3.put_object(Bucket="artefacts", Key="model.tar.gz", Body=b"not an archive")
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    aws.model()
    aws.config()
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)
    assert "Failed to extract model data" in aws.describe()["FailureReason"]


def test_an_update_replaces_every_server_and_no_server_outlives_the_twin() -> None:
    with bench() as aws:
        serve(aws, {})
        before = {server.pid for server in servers()}
        aws.config("config-2")
        aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
        aws.clock.advance(240)
        after = {server.pid for server in servers()}
        assert len(before) == len(after) == 2  # the server and its host
        assert not before & after
    assert servers() == []


def test_requests_on_their_way_survive_an_update(aws: Bench) -> None:
    serve(aws, {})
    aws.config("config-2")
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(invoke, aws, {"seconds": 0.8})
        time.sleep(0.2)
        aws.clock.advance(240)
        assert aws.describe()["EndpointConfigName"] == "config-2"
        assert slow.result()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_asynchronous_requests_are_refused_loudly(aws: Bench) -> None:
    with pytest.raises(NotSupportedByTwin, match="InvokeEndpointAsync"):
        aws.runtime.invoke_endpoint_async(EndpointName="churn", InputLocation="s3://in/x")
    assert aws.sagemaker.unsupported == ["InvokeEndpointAsync"]


def test_a_server_does_not_outlive_a_twin_that_is_killed() -> None:
    lonely = (
        "import os, sys; from twin.sagemaker.model_server import ModelServer;"
        f"server = ModelServer({COMMAND}, {{}}, None); assert server.comes_up(10);"
        "print(server.process_id, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", lonely], stdout=subprocess.PIPE, text=True, check=False
    )
    host = int(killed.stdout)
    give_up = time.monotonic() + 60
    while psutil.pid_exists(host) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not psutil.pid_exists(host)


def test_requests_follow_the_present_weights(aws: Bench) -> None:
    serve(aws, {}, live=3.0, candidate=1.0)
    invoked = Counter(invoke(aws)["InvokedProductionVariant"] for _ in range(200))
    assert invoked["candidate"] == pytest.approx(50, abs=20)


def test_weight_zero_takes_no_request_but_the_targeted_ones(aws: Bench) -> None:
    serve(aws, {}, live=1.0, candidate=0.0)
    assert {invoke(aws)["InvokedProductionVariant"] for _ in range(20)} == {"live"}
    assert invoke(aws, TargetVariant="candidate")["InvokedProductionVariant"] == "candidate"


def test_a_failing_model_is_a_model_error(aws: Bench) -> None:
    serve(aws, {})
    with pytest.raises(aws.runtime.exceptions.ModelError) as raised:
        invoke(aws, {"status": 503})
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert raised.value.response["OriginalStatusCode"] == 503
    assert values(aws, "Invocation5XXErrors") == {1.0: 1}
    assert values(aws, "Invocation4XXErrors") == {0.0: 1}
    assert values(aws, "InvocationModelErrors") == {1.0: 1}


def test_a_model_that_takes_too_long_is_a_model_error(aws: Bench) -> None:
    serve(aws, {})
    aws.sagemaker.router.calls.timeout_seconds = 0.1
    with pytest.raises(aws.runtime.exceptions.ModelError):
        invoke(aws, {"seconds": 2})
    assert values(aws, "InvocationModelErrors") == {1.0: 1}
    assert values(aws, "Invocation5XXErrors") == {0.0: 1}
    assert values(aws, "Invocations") == {1.0: 1}
    assert values(aws, "ModelLatency") == {}


def published(aws: Bench) -> dict[str, dict[float, int]]:
    """The errors of a minute in which a tenth of the requests got no answer."""
    aws.endpoint()
    aws.sagemaker.synthetic.behave("one", Behaviour(silence_rate=0.1))
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=6000)
    aws.clock.advance(60)
    return {name: values(aws, name) for name in UNITS}


def test_requests_without_an_answer_are_model_errors_without_a_latency(aws: Bench) -> None:
    found = published(aws)
    silent = found["InvocationModelErrors"][1.0]
    assert silent == pytest.approx(requests(aws, "live") * 0.1, rel=0.2)
    assert sum(found["ModelLatency"].values()) == requests(aws, "live") - silent
    assert set(found["Invocation5XXErrors"]) == set(found["Invocation4XXErrors"]) == {0.0}


def test_a_request_without_an_answer_can_be_a_5xx_too(aws: Bench) -> None:
    aws.sagemaker.meter.unanswered_is_5xx = True
    found = published(aws)
    assert found["Invocation5XXErrors"] == found["InvocationModelErrors"]


def test_a_sum_of_zeros_can_be_kept_unpublished(aws: Bench) -> None:
    aws.sagemaker.meter.publishes_zeros = False
    found = published(aws)
    assert found["Invocation5XXErrors"] == found["Invocation4XXErrors"] == {}
    assert set(found["InvocationModelErrors"]) == {1.0}


def test_a_request_without_an_answer_can_be_counted_when_sagemaker_gives_up(aws: Bench) -> None:
    aws.sagemaker.meter.gives_up_after = 60
    published(aws)
    came = {datum.at for datum in aws.data if datum.name == "Invocations"}
    failed = {datum.at for datum in aws.data if 1.0 in datum.values and "Model" in datum.name}
    assert failed == {at + 60 for at in came}


def test_a_metric_can_be_missing_altogether(aws: Bench) -> None:
    aws.sagemaker.meter.unpublished = frozenset({"InvocationModelErrors"})
    assert published(aws)["InvocationModelErrors"] == {}


@pytest.mark.parametrize("name", ["nothing", "Churn"])
def test_the_endpoint_name_must_match_in_case(aws: Bench, name: str) -> None:
    serve(aws, {})
    with pytest.raises(ClientError, match=f"Endpoint {name} of account 123456789012 not found"):
        aws.runtime.invoke_endpoint(EndpointName=name, Body=b"")


def test_what_would_be_routed_elsewhere_is_refused_loudly(aws: Bench) -> None:
    serve(aws, {})
    with pytest.raises(NotSupportedByTwin, match="Target-Container-Hostname"):
        invoke(aws, TargetContainerHostname="a")


def test_each_request_is_measured_in_two_series(aws: Bench) -> None:
    serve(aws, {})
    invoke(aws)
    series = {"EndpointName": "churn", "VariantName": "live"}
    assert {datum.namespace for datum in aws.data} == {"AWS/SageMaker"}
    for name, unit in UNITS.items():
        found = [datum for datum in aws.data if datum.name == name]
        assert [datum.dimensions for datum in found] == [
            series,
            {**series, "EndpointConfigName": "config-1"},
        ]
        assert {datum.unit for datum in found} == {unit}


def test_latency_is_real_and_in_microseconds(aws: Bench) -> None:
    serve(aws, {})
    invoke(aws, {"seconds": 0.05})
    (latency,) = values(aws, "ModelLatency")
    assert 50_000 <= latency < 60_000_000


def test_synthetic_traffic_is_shared_by_weight(aws: Bench) -> None:
    aws.endpoint(live=3.0, candidate=1.0)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=600)
    aws.clock.advance(600)
    assert requests(aws, "live") + requests(aws, "candidate") == pytest.approx(6000, abs=100)
    assert requests(aws, "candidate") == pytest.approx(1500, abs=150)


def test_without_requests_there_are_no_datapoints(aws: Bench) -> None:
    aws.endpoint(live=1.0, candidate=0.0)
    aws.clock.advance(600)
    assert aws.data == []
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=60)
    aws.clock.advance(600)
    assert requests(aws, "candidate") == 0
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=0)
    aws.clock.advance(60)
    aws.data.clear()
    aws.clock.advance(600)
    assert aws.data == []


def test_an_endpoint_that_does_not_serve_takes_no_traffic(aws: Bench) -> None:
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, [], DIGEST)
    aws.model()
    aws.config()
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=600)
    aws.clock.advance(60)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(170)
    assert aws.data == []
    aws.clock.advance(60)
    assert requests(aws, "live") > 0


def test_a_behaviour_shows_in_errors_and_latency(aws: Bench) -> None:
    aws.endpoint()
    sick = Behaviour(error_rate=0.1, latency_ms=20, slow_rate=0.25, slow_ms=2000)
    aws.sagemaker.synthetic.behave("one", sick)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=6000)
    aws.clock.advance(120)
    total = requests(aws, "live")
    assert values(aws, "Invocation5XXErrors")[1.0] == pytest.approx(total * 0.1, rel=0.2)
    slow = sum(n for latency, n in values(aws, "ModelLatency").items() if latency > 1_000_000)
    assert slow == pytest.approx(total * 0.25, rel=0.2)


def test_a_mix_of_configurations_shares_the_requests(aws: Bench) -> None:
    aws.endpoint()
    aws.config("config-2")
    aws.sagemaker.faults.fail_next_rollback()
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=600)
    aws.clock.advance(60)
    named = {datum.dimensions.get("EndpointConfigName") for datum in aws.data}
    assert named == {None, "config-1", "config-2"}


def test_synthetic_and_real_traffic_give_the_same_series(aws: Bench) -> None:
    serve(aws, {})
    invoke(aws)
    real = {_series(datum) for datum in aws.data}
    aws.data.clear()
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=60)
    aws.clock.advance(60)
    assert {_series(datum) for datum in aws.data} == real


def test_only_images_with_a_server_answer_requests(aws: Bench) -> None:
    aws.endpoint()
    with pytest.raises(NotSupportedByTwin, match="no model server"):
        invoke(aws)


def _series(datum: Datum) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return datum.name, datum.unit, tuple(sorted(datum.dimensions.items()))
