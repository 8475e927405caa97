"""SageMaker on the twin's own clocks: real model servers and simulated minutes together."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.worlds.sagemaker_bench import (
    ARTEFACT,
    DIGEST,
    IMAGE,
    REGION,
    ROLE,
    archive,
    variant,
)
from twin.clock.clock import Clock, DiscreteClock, ScaledClock, running
from twin.core.hooks import hooked
from twin.sagemaker.sagemaker import SageMaker

COMMAND = [sys.executable, str(Path(__file__).parent / "fixtures" / "serve.py")]
START = 1_700_000_000.0


@pytest.fixture(params=["discrete", "scaled"])
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    made = DiscreteClock(START) if request.param == "discrete" else ScaledClock(600, START)
    with running(made):
        yield made


@pytest.fixture
def sagemaker(clock: Clock) -> Iterator[Any]:
    with ExitStack() as stack:
        hooks = stack.enter_context(hooked())
        made = stack.enter_context(closing(SageMaker(clock, lambda *_: None, lambda *_: None)))
        made.install(hooks)
        stack.enter_context(mock_aws())
        made.images.register(IMAGE, COMMAND, DIGEST)
        _store_artefact()
        yield boto3.client("sagemaker", region_name=REGION)


def test_an_endpoint_with_a_real_server_comes_up_on_simulated_time(
    clock: Clock, sagemaker: Any
) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": ARTEFACT}
    sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    sagemaker.create_endpoint_config(
        EndpointConfigName="config-1", ProductionVariants=[variant("live")]
    )
    begin = clock.now()
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    while sagemaker.describe_endpoint(EndpointName="churn")["EndpointStatus"] == "Creating":
        clock.sleep(10)
    described = sagemaker.describe_endpoint(EndpointName="churn")
    assert described["EndpointStatus"] == "InService"
    assert described["LastModifiedTime"].timestamp() >= begin + 180

    runtime = boto3.client("sagemaker-runtime", region_name=REGION)
    answer = runtime.invoke_endpoint(EndpointName="churn", Body=b"{}")
    assert json.loads(answer["Body"].read())["files"] == {}


def _store_artefact() -> None:
    s3: Any = boto3.client("s3", region_name=REGION)
    bucket = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration=bucket)
    s3.put_object(Bucket="artefacts", Key="model.tar.gz", Body=archive({}))
