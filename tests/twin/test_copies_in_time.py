"""Shadow variants and captured data in the whole twin, whose clock jumps."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.twin.small_bench import START, small
from tests.twin.traffic_bench import COMMAND
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, REGION, ROLE, archive, variant
from twin.clock.clocks import DiscreteClock
from twin.cloud import Twin
from twin.sagemaker.request_contents import Asked, Said

CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://data/captured",
    "CaptureOptions": [{"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


@pytest.fixture
def twin() -> Iterator[Twin]:
    with small(DiscreteClock(START)) as made:
        bucket = {"LocationConstraint": REGION}
        s3 = made.client("s3")
        s3.create_bucket(Bucket="data", CreateBucketConfiguration=bucket)
        s3.put_object(Bucket="data", Key="model.tar.gz", Body=archive({}))
        yield made


def serve(twin: Twin, *command: str, **environment: str) -> None:
    """Put `churn` into service with a shadow, which has an environment of its own."""
    sagemaker = twin.client("sagemaker")
    twin.images.register(IMAGE, command, DIGEST)
    for name, given in (("one", {}), ("two", environment)):
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": IMAGE,
                "ModelDataUrl": "s3://data/model.tar.gz",
                "Environment": given,
            },
        )
    sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[variant("live")],
        ShadowProductionVariants=[variant("candidate", ModelName="two")],
        DataCaptureConfig=CAPTURE,
    )
    sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="c")
    twin.until(lambda: twin.endpoints.get("churn").serves, 10, "the endpoint")


def counted(twin: Twin, of: str) -> dict[float, float]:
    """The invocations of a variant by minute, as CloudWatch shows them."""
    shown = twin.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": "churn"},
            {"Name": "VariantName", "Value": of},
        ],
        StartTime=datetime.fromtimestamp(START, UTC),
        EndTime=datetime.fromtimestamp(twin.clock.now(), UTC),
        Period=60,
        Statistics=["Sum"],
    )
    return {each["Timestamp"].timestamp(): each["Sum"] for each in shown["Datapoints"]}


def captured(twin: Twin, of: str) -> list[dict[str, Any]]:
    s3 = twin.client("s3")
    listed = s3.list_objects_v2(Bucket="data", Prefix=f"captured/churn/{of}/").get("Contents", [])
    texts = (s3.get_object(Bucket="data", Key=each["Key"])["Body"].read() for each in listed)
    return [json.loads(line) for text in texts for line in text.decode().splitlines()]


def test_time_does_not_jump_over_a_copy_that_is_slow(twin: Twin) -> None:
    serve(twin, *COMMAND, SECONDS="0.5")
    asked = twin.clock.now()
    twin.client("sagemaker-runtime").invoke_endpoint(EndpointName="churn", Body=b"{}")
    twin.clock.sleep(3600)
    (at,) = counted(twin, "candidate")
    assert asked - 60 < at < asked + 60
    assert len(captured(twin, "candidate")) == 1


def test_capture_has_what_cloudwatch_counts(twin: Twin) -> None:
    serve(twin)
    contents = twin.sagemaker.contents
    contents.ask("churn", Asked(str, inference_id=str))
    for name in ("one", "two"):
        contents.answer(name, Said(str))
    twin.synthetic.drive("churn", 300)
    twin.clock.sleep(600)
    twin.synthetic.drive("churn", 0)
    twin.clock.sleep(600)
    assert counted(twin, "live") == counted(twin, "candidate")
    for of in ("live", "candidate"):
        assert len(captured(twin, of)) == sum(counted(twin, of).values()) > 2800
