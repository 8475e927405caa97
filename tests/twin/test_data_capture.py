"""Data capture: what is captured of which requests, and the files that hold it."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.twin.traffic_bench import COMMAND, invoke
from tests.worlds.sagemaker_bench import DIGEST, IMAGE, REGION, Bench, bench, refusal, variant
from twin.core.hooks import NotSupportedByTwin
from twin.sagemaker.request_contents import Asked, Said
from twin.sagemaker.synthetic import Behaviour

BOTH = ({"CaptureMode": "Input"}, {"CaptureMode": "Output"})
JSON: dict[str, Any] = {"CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]}}
CSV: dict[str, Any] = {"CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]}}


@pytest.fixture
def aws() -> Iterator[Bench]:
    with bench() as made:
        bucket = {"LocationConstraint": REGION}
        made.s3.create_bucket(Bucket="captured", CreateBucketConfiguration=bucket)
        yield made


def capturing(percentage: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": percentage,
            "DestinationS3Uri": "s3://captured/of/endpoints",
            "CaptureOptions": list(BOTH),
            **more,
        }
    }


def config(aws: Bench, name: str = "config-1", **more: Any) -> None:
    aws.client.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant("live")], **capturing(**more)
    )


def serve(aws: Bench, **more: Any) -> None:
    """Put `churn` into service with real model servers and capture."""
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    aws.model()
    config(aws, **more)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)


def keys(aws: Bench) -> list[str]:
    listed = aws.s3.list_objects_v2(Bucket="captured").get("Contents", [])
    return [each["Key"] for each in listed]


def lines(aws: Bench, of: str = "live") -> list[dict[str, Any]]:
    """What is captured of a variant, in the order of its files."""
    bodies = [
        aws.s3.get_object(Bucket="captured", Key=key)["Body"].read().decode()
        for key in keys(aws)
        if f"/{of}/" in key
    ]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def ask(aws: Bench, **more: Any) -> dict[str, Any]:
    """One request and its line."""
    invoke(aws, {"seconds": 0}, **more)
    aws.clock.advance(180)
    (line,) = lines(aws)
    return line


def test_a_line_has_the_documented_layout(aws: Bench) -> None:
    serve(aws, **JSON)
    line = ask(aws, InferenceId="order 7")
    asked, said = line["captureData"]["endpointInput"], line["captureData"]["endpointOutput"]
    assert asked == {
        "observedContentType": "application/json",
        "mode": "INPUT",
        "data": '{"seconds": 0}',
        "encoding": "JSON",
    }
    assert json.loads(said.pop("data"))["told"] == ""
    assert said == {
        "observedContentType": "application/json",
        "mode": "OUTPUT",
        "encoding": "JSON",
    }
    meta = line["eventMetadata"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", meta.pop("eventId"))
    assert meta == {"inferenceId": "order 7", "inferenceTime": "2023-11-14T22:16:20Z"}
    assert line["eventVersion"] == "0"
    assert list(line) == ["captureData", "eventMetadata", "eventVersion"]


def test_files_lie_by_endpoint_variant_and_hour_some_minutes_later(aws: Bench) -> None:
    serve(aws)
    invoke(aws)
    aws.clock.advance(179)
    assert keys(aws) == []
    aws.clock.advance(1)
    (key,) = keys(aws)
    assert re.fullmatch(r"of/endpoints/churn/live/2023/11/14/22/[^/]+\.jsonl", key)


def test_requests_of_two_hours_lie_in_two_folders(aws: Bench) -> None:
    serve(aws)
    aws.clock.advance(43 * 60 + 30)
    invoke(aws)
    aws.clock.advance(30)
    invoke(aws)
    aws.clock.advance(180)
    assert [key.split("/")[-2] for key in keys(aws)] == ["22", "23"]


def test_the_delay_is_a_setting(aws: Bench) -> None:
    aws.sagemaker.capture.undocumented.delay_seconds = 1200
    serve(aws)
    invoke(aws)
    aws.clock.advance(1199)
    assert keys(aws) == []
    aws.clock.advance(1)
    assert len(lines(aws)) == 1


def test_every_event_has_an_id_and_only_the_caller_s_has_an_inference_id(aws: Bench) -> None:
    serve(aws)
    for _ in range(3):
        invoke(aws)
    aws.clock.advance(180)
    metas = [line["eventMetadata"] for line in lines(aws)]
    assert len({meta["eventId"] for meta in metas}) == 3
    assert all("inferenceId" not in meta for meta in metas)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [({}, "BASE64"), (CSV, "BASE64"), (JSON, "JSON")],
    ids=["none", "other", "listed"],
)
def test_types_that_are_not_listed_are_in_base64(
    aws: Bench, header: dict[str, Any], encoding: str
) -> None:
    serve(aws, **header)
    asked = ask(aws)["captureData"]["endpointInput"]
    assert asked["encoding"] == encoding
    data = asked["data"]
    assert (base64.b64decode(data).decode() if encoding == "BASE64" else data) == '{"seconds": 0}'


def with_parameter(aws: Bench, *, exactly: bool) -> str:
    aws.sagemaker.capture.undocumented.types_match_exactly = exactly
    serve(aws, **JSON)
    aws.runtime.invoke_endpoint(
        EndpointName="churn", Body=b"{}", ContentType="application/json; charset=utf-8"
    )
    aws.clock.advance(180)
    return str(lines(aws)[0]["captureData"]["endpointInput"]["encoding"])


@pytest.mark.parametrize(("exactly", "encoding"), [(True, "BASE64"), (False, "JSON")])
def test_parameters_of_a_type_may_count(aws: Bench, exactly: bool, encoding: str) -> None:
    assert with_parameter(aws, exactly=exactly) == encoding


@pytest.mark.parametrize(
    ("modes", "sides"),
    [
        (["Input"], ["endpointInput"]),
        (["Output"], ["endpointOutput"]),
        (["InputAndOutput"], ["endpointInput", "endpointOutput"]),
    ],
)
def test_a_side_that_is_not_captured_is_absent(
    aws: Bench, modes: list[str], sides: list[str]
) -> None:
    serve(aws, CaptureOptions=[{"CaptureMode": mode} for mode in modes])
    assert list(ask(aws)["captureData"]) == sides


def summary(aws: Bench) -> Mapping[str, Any]:
    described: Mapping[str, Any] = aws.describe()["DataCaptureConfig"]
    return described


def test_an_endpoint_shows_a_summary_of_its_capture(aws: Bench) -> None:
    serve(aws, percentage=20, KmsKeyId="the-key")
    assert summary(aws) == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 20,
        "DestinationS3Uri": "s3://captured/of/endpoints",
        "KmsKeyId": "the-key",
    }


def test_capture_that_is_switched_off_is_stopped(aws: Bench) -> None:
    serve(aws, EnableCapture=False)
    assert (summary(aws)["EnableCapture"], summary(aws)["CaptureStatus"]) == (False, "Stopped")
    invoke(aws)
    aws.clock.advance(600)
    assert keys(aws) == []


def test_capture_is_enabled_unless_it_is_switched_off(aws: Bench) -> None:
    given = capturing()
    del given["DataCaptureConfig"]["EnableCapture"]
    aws.model()
    aws.client.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[variant("live")], **given
    )
    shown = aws.client.describe_endpoint_config(EndpointConfigName="c")
    assert shown["DataCaptureConfig"] == given["DataCaptureConfig"]
    found = aws.sagemaker.configs.get("c").capture
    assert found is not None
    assert found.enabled


@pytest.mark.parametrize(
    "wrong",
    [
        {"percentage": 101},
        {"percentage": -1},
        {"DestinationS3Uri": "captured"},
        {"DestinationS3Uri": "s3:///x"},
        {"CaptureOptions": []},
        {"CaptureOptions": [{"CaptureMode": "Everything"}]},
        {"CaptureContentTypeHeader": {"CsvContentTypes": []}},
        {"CaptureContentTypeHeader": {"JsonContentTypes": ["json"]}},
    ],
)
def test_a_capture_outside_the_documented_limits_is_refused(
    aws: Bench, wrong: dict[str, Any]
) -> None:
    aws.model()
    session: Any = boto3.Session("testing", "testing", region_name=REGION)
    unchecked = session.client("sagemaker", config=Config(parameter_validation=False))
    with refusal():
        unchecked.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[variant("live")], **capturing(**wrong)
        )


def test_a_type_of_two_encodings_is_refused_loudly(aws: Bench) -> None:
    aws.model()
    both = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["text/csv"]}
    with pytest.raises(NotSupportedByTwin, match="both CSV and JSON"):
        config(aws, CaptureContentTypeHeader=both)


def test_new_sampling_needs_a_new_configuration(aws: Bench) -> None:
    serve(aws, percentage=0)
    invoke(aws)
    config(aws, "config-2", percentage=100)
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    assert summary(aws)["CurrentSamplingPercentage"] == 100
    invoke(aws)
    aws.clock.advance(180)
    assert len(lines(aws)) == 1


@pytest.mark.parametrize("failures", [True, False])
def test_answers_of_a_model_that_fails_may_be_captured(aws: Bench, failures: bool) -> None:
    aws.sagemaker.capture.undocumented.failures = failures
    serve(aws)
    with pytest.raises(aws.runtime.exceptions.ModelError):
        invoke(aws, {"status": 503})
    aws.clock.advance(180)
    assert len(lines(aws)) == failures


def test_captured_data_is_encrypted_with_the_key(aws: Bench) -> None:
    serve(aws, KmsKeyId="the-key")
    ask(aws)
    head = aws.s3.head_object(Bucket="captured", Key=keys(aws)[0])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "the-key")


def test_a_full_disk_stops_capture_silently_until_the_next_fleet(aws: Bench) -> None:
    serve(aws)
    aws.sagemaker.capture.fill_disks(*aws.sagemaker.endpoints.get("churn").fleets)
    invoke(aws)
    aws.clock.advance(600)
    assert keys(aws) == []
    assert summary(aws)["CaptureStatus"] == "Started"
    config(aws, "config-2")
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName="config-2")
    aws.clock.advance(240)
    ask(aws)


def test_nothing_is_captured_into_a_bucket_that_is_not_there(aws: Bench) -> None:
    serve(aws, DestinationS3Uri="s3://nowhere")
    assert invoke(aws)["InvokedProductionVariant"] == "live"
    aws.clock.advance(180)
    assert aws.sagemaker.capture.undelivered == ["s3://nowhere/churn/live/2023/11/14/22"]


def test_nothing_is_captured_without_the_role_s_permission_to_write(aws: Bench) -> None:
    asked: list[tuple[str, str]] = []

    def refuse(role: str, bucket: str, _key: str) -> bool:
        asked.append((role, bucket))
        return False

    aws.sagemaker.capture.may_put = refuse
    serve(aws)
    invoke(aws)
    aws.clock.advance(180)
    assert keys(aws) == []
    assert asked == [("arn:aws:iam::123456789012:role/serving", "captured")]


# ---- synthetic requests, and shadows ---------------------------------------------------------


def drive(aws: Bench, share: float = 1.0, percentage: int = 100) -> None:
    """Two minutes of requests with contents: the shadow differs in every tenth answer."""
    aws.shadowed(share, **capturing(percentage, **CSV))
    contents = aws.sagemaker.contents
    contents.ask("churn", Asked("row {}".format, inference_id="id-{}".format))
    contents.answer("one", Said(str))
    contents.answer("two", Said(lambda number: "differs" if number % 10 == 0 else str(number)))
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=600)
    aws.clock.advance(120)
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=0)
    aws.clock.advance(300)


def by_id(aws: Bench, of: str) -> dict[str, dict[str, Any]]:
    return {line["eventMetadata"]["inferenceId"]: line for line in lines(aws, of)}


def test_synthetic_answers_of_live_and_shadow_join_on_the_inference_id(aws: Bench) -> None:
    drive(aws)
    live, shadow = by_id(aws, "live"), by_id(aws, "candidate")
    assert set(live) == set(shadow)
    assert len(live) == pytest.approx(1150, abs=60)
    said = {
        key: tuple(line[key]["captureData"]["endpointOutput"]["data"] for line in (live, shadow))
        for key in live
    }
    assert all(mine == key.removeprefix("id-") for key, (mine, _) in said.items())
    differing = sum(mine != theirs for mine, theirs in said.values())
    assert differing == pytest.approx(len(live) / 10, abs=1)
    assert live["id-3"]["captureData"]["endpointInput"]["data"] == "row 3"


def test_a_share_of_the_copies_is_captured_for_each_sample_and_share(aws: Bench) -> None:
    drive(aws, share=0.5, percentage=40)
    live, shadow = by_id(aws, "live"), by_id(aws, "candidate")
    assert len(live) == pytest.approx(460, abs=60)
    assert len(shadow) == pytest.approx(230, abs=45)
    assert len(set(live) & set(shadow)) == pytest.approx(92, abs=30)


def test_twins_may_be_sampled_together(aws: Bench) -> None:
    aws.sagemaker.capture.undocumented.twins_are_sampled_together = True
    drive(aws, percentage=40)
    assert set(by_id(aws, "live")) == set(by_id(aws, "candidate"))


@pytest.mark.parametrize("shared", [True, False])
def test_twins_may_share_an_event_id(aws: Bench, shared: bool) -> None:
    aws.sagemaker.capture.undocumented.twins_share_event_id = shared
    drive(aws)
    mine, theirs = (
        {line["eventMetadata"]["eventId"] for line in lines(aws, of)}
        for of in ("live", "candidate")
    )
    assert mine == theirs if shared else not mine & theirs


def test_failing_synthetic_answers_are_not_captured(aws: Bench) -> None:
    aws.sagemaker.synthetic.behave("two", Behaviour(error_rate=0.5))
    drive(aws)
    assert len(lines(aws, "candidate")) == pytest.approx(len(lines(aws)) / 2, rel=0.15)


def test_real_answers_of_a_shadow_are_captured_in_its_own_folder(aws: Bench) -> None:
    aws.store_artefact()
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    for name in ("one", "two"):
        aws.model(name, Environment={"WHICH": name})
    aws.shadow_config("config-1", **capturing(**JSON))
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)
    invoke(aws, InferenceId="a")
    aws.sagemaker.router.copies.wait()
    aws.clock.advance(180)
    said = {
        of: json.loads(by_id(aws, of)["a"]["captureData"]["endpointOutput"]["data"])
        for of in ("live", "candidate")
    }
    assert {of: said[of]["environment"]["WHICH"] for of in said} == {
        "live": "one",
        "candidate": "two",
    }


def test_contents_that_no_test_states_are_not_captured(aws: Bench) -> None:
    aws.shadowed(**capturing())
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=60)
    aws.clock.advance(600)
    assert keys(aws) == []


def test_answers_that_no_test_states_are_refused_loudly(aws: Bench) -> None:
    aws.shadowed(**capturing())
    aws.sagemaker.contents.ask("churn", Asked(str))
    aws.sagemaker.contents.answer("one", Said(str))
    aws.sagemaker.synthetic.drive("churn", requests_per_minute=60)
    with pytest.raises(NotSupportedByTwin, match="answers of two"):
        aws.clock.advance(60)
