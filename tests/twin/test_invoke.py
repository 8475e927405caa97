"""InvokeEndpoint: which requests are refused, and what the answer says of the variant."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.twin.traffic_bench import invoke, requests, serve
from tests.worlds.sagemaker_bench import REGION, Bench, bench


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        serve(made, {}, live=1.0, candidate=0.0)
        yield made


def error(aws: Bench, **asked: Any) -> dict[str, Any]:
    """The error of a request by a client that leaves all checks to the service."""
    session: Any = boto3.Session("testing", "testing", region_name=REGION)
    unchecked = session.client("sagemaker-runtime", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as raised:
        unchecked.invoke_endpoint(**{"EndpointName": "churn", "Body": b"{}", **asked})
    response: dict[str, Any] = dict(raised.value.response)
    return response


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"TargetVariant": "other"}, "Variant other not found on endpoint churn"),
        ({"TargetVariant": "Live"}, "Variant Live not found on endpoint churn"),
        ({"EndpointName": "other"}, "Endpoint other of account 123456789012 not found"),
        ({"TargetModel": "a.tar.gz"}, "does not serve many models"),
        ({"InferenceId": "x" * 65}, "InferenceId has 1 to 64 printable characters"),
        ({"InferenceId": "a\tb"}, "InferenceId has 1 to 64 printable characters"),
        ({"Body": b"x" * 6_291_457}, "Body is longer than 6291456 bytes"),
    ],
)
def test_a_request_that_is_refused_reaches_no_model(
    aws: Bench, asked: dict[str, Any], says: str
) -> None:
    response = error(aws, **asked)
    assert response["Error"]["Code"] == "ValidationError"
    assert says in response["Error"]["Message"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert aws.data == []


@pytest.mark.parametrize("inference_id", ["a", "x" * 64, "order 7/β".encode().hex(), "~!#"])
def test_an_inference_id_has_up_to_64_printable_characters(aws: Bench, inference_id: str) -> None:
    answer = invoke(aws, InferenceId=inference_id)
    assert answer["InvokedProductionVariant"] == "live"


def test_an_answer_names_the_variant_in_its_header_and_no_id(aws: Bench) -> None:
    headers = invoke(aws, InferenceId="a")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-invoked-production-variant"] == "live"
    assert not [name for name in headers if "inference" in name]


def test_the_target_is_measured_although_it_has_no_weight(aws: Bench) -> None:
    assert invoke(aws, TargetVariant="candidate")["InvokedProductionVariant"] == "candidate"
    assert (requests(aws, "live"), requests(aws, "candidate")) == (0, 1)


def test_a_target_that_fails_is_a_model_error_of_the_target(aws: Bench) -> None:
    with pytest.raises(aws.runtime.exceptions.ModelError) as raised:
        invoke(aws, {"status": 500}, TargetVariant="candidate")
    assert raised.value.response["OriginalStatusCode"] == 500
    assert (requests(aws, "live"), requests(aws, "candidate")) == (0, 1)


def test_an_endpoint_that_is_being_updated_still_takes_targets(aws: Bench) -> None:
    aws.config("config-2", live=1.0)
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    assert invoke(aws, TargetVariant="candidate")["InvokedProductionVariant"] == "candidate"
    aws.clock.advance(240)
    assert (
        "Variant candidate not found" in error(aws, TargetVariant="candidate")["Error"]["Message"]
    )
