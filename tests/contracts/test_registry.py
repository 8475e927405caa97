"""The registry: the fake and the adapter on moto keep one contract."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from penstock.adapters.registry import SageMakerRegistry
from penstock.domain.errors import Missing, Unavailable
from penstock.domain.reviewing.package import Container, ReportSource
from penstock.ports.registry import Registry
from tests.fakes.packages import approved_package
from tests.fakes.registry import FakeRegistry

REGION = "eu-west-1"
ACCOUNT = "123456789012"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/churn:7"
ARTEFACT = "s3://models/churn/7/model.tar.gz"
REPORT = "s3://models/churn/7/evaluation.json"
DIGEST = "sha256:" + "a" * 64


def arn(version: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/churn/{version}"


class World(Protocol):
    """A registry and a way to register the next version of `churn` in it."""

    registry: Registry

    def register(self, approval: str) -> str: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeRegistry()
        self.registry: Registry = self.fake
        self._versions = 0

    def register(self, approval: str) -> str:
        self._versions += 1
        package = approved_package(
            "churn",
            self._versions,
            self._versions,
            approval=approval,
            containers=(
                Container(
                    image=IMAGE,
                    image_digest=DIGEST,
                    model_data_url=ARTEFACT,
                    environment={"LEVEL": "info"},
                ),
            ),
            reports={"model_quality": ReportSource(uri=REPORT, digest=DIGEST)},
        )
        self.fake.put(package)
        return package.arn


class MotoWorld:
    def __init__(self) -> None:
        self.client = boto3.client("sagemaker", region_name=REGION)
        self.client.create_model_package_group(ModelPackageGroupName="churn")
        self.registry: Registry = SageMakerRegistry(self.client)

    def register(self, approval: str) -> str:
        source = {"ContentType": "application/json", "S3Uri": REPORT, "ContentDigest": DIGEST}
        created = self.client.create_model_package(
            ModelPackageGroupName="churn",
            ModelApprovalStatus=approval,
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": IMAGE,
                        "ImageDigest": DIGEST,
                        "ModelDataUrl": ARTEFACT,
                        "Environment": {"LEVEL": "info"},
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            ModelMetrics={"ModelQuality": {"Statistics": source}},
        )
        return str(created["ModelPackageArn"])


@pytest.fixture(params=[FakeWorld, MotoWorld])
def world(request: pytest.FixtureRequest, aws: None) -> World:
    make: Callable[[], World] = request.param
    return make()


def test_a_package_is_read_in_full(world: World) -> None:
    package = world.registry.package(world.register("PendingManualApproval"))
    assert (package.group, package.version) == ("churn", 1)
    assert (package.account, package.region) == (ACCOUNT, REGION)
    assert package.pending
    assert package.has_inference_spec
    assert package.containers[0].model_data_url == ARTEFACT
    assert package.containers[0].image_digest == DIGEST
    assert package.containers[0].environment == {"LEVEL": "info"}
    assert package.reports == {"model_quality": ReportSource(uri=REPORT, digest=DIGEST)}
    assert package.approval_description == ""
    assert package.created_at > 0


def test_an_unknown_package_is_missing(world: World) -> None:
    with pytest.raises(Missing):
        world.registry.package(arn(9))


def test_pending_packages_come_oldest_first(world: World) -> None:
    first = world.register("PendingManualApproval")
    world.register("Approved")
    third = world.register("PendingManualApproval")
    assert [listed.arn for listed in world.registry.pending("churn")] == [first, third]


def test_an_unknown_group_has_no_packages(world: World) -> None:
    assert list(world.registry.pending("fraud")) == []
    assert world.registry.newest_approved("fraud") is None


def test_the_newest_approved_is_the_highest_approved_version(world: World) -> None:
    assert world.registry.newest_approved("churn") is None
    for approval in ("Approved", "Approved", "Rejected", "PendingManualApproval"):
        world.register(approval)
    newest = world.registry.newest_approved("churn")
    assert newest is not None
    assert newest.version == 2


@pytest.mark.parametrize("approval", ["Approved", "Rejected"])
def test_a_decision_is_written_with_its_reason(world: World, approval: Any) -> None:
    package = world.register("PendingManualApproval")
    world.registry.decide(package, approval, "because", {"penstock.decision": "it"})
    decided = world.registry.package(package)
    assert decided.approval == approval
    assert decided.approval_description == "because"
    assert decided.metadata == {"penstock.decision": "it"}
    assert not decided.pending


@pytest.fixture
def stubbed(aws: None) -> Iterator[tuple[SageMakerRegistry, Stubber]]:
    client = boto3.client("sagemaker", region_name=REGION)
    with Stubber(client) as stubber:
        yield SageMakerRegistry(client), stubber
        stubber.assert_no_pending_responses()


class TestRequests:
    """What moto gets wrong (it wipes omitted fields) is held against the request itself."""

    @pytest.mark.parametrize(
        ("approval", "metadata", "request_"),
        [
            pytest.param(
                "Approved",
                {"k": "v"},
                {"ModelApprovalStatus": "Approved", "CustomerMetadataProperties": {"k": "v"}},
                id="decided",
            ),
            pytest.param(None, {"k": "v"}, {"CustomerMetadataProperties": {"k": "v"}}, id="left"),
            pytest.param("Rejected", {}, {"ModelApprovalStatus": "Rejected"}, id="no-metadata"),
        ],
    )
    def test_what_is_not_decided_is_not_sent(
        self,
        stubbed: tuple[SageMakerRegistry, Stubber],
        approval: Any,
        metadata: dict[str, str],
        request_: dict[str, object],
    ) -> None:
        registry, stubber = stubbed
        stubber.add_response(
            "update_model_package",
            {"ModelPackageArn": arn(1)},
            {"ModelPackageArn": arn(1), "ApprovalDescription": "because", **request_},
        )
        registry.decide(arn(1), approval, "because", metadata)

    def test_a_concurrent_write_is_unavailable(
        self, stubbed: tuple[SageMakerRegistry, Stubber]
    ) -> None:
        registry, stubber = stubbed
        stubber.add_client_error("update_model_package", "ConflictException")
        with pytest.raises(Unavailable):
            registry.decide(arn(1), "Approved", "because", {})

    def test_a_group_that_the_registry_does_not_know_has_no_packages(
        self, stubbed: tuple[SageMakerRegistry, Stubber]
    ) -> None:
        registry, stubber = stubbed
        stubber.add_client_error(
            "list_model_packages",
            "ValidationException",
            "ModelPackageGroup arn:aws:sagemaker:...:model-package-group/churn does not exist.",
        )
        assert registry.pending("churn") == []

    def test_every_report_and_an_uncompressed_artefact_are_found(
        self, stubbed: tuple[SageMakerRegistry, Stubber]
    ) -> None:
        registry, stubber = stubbed
        stubber.add_response("describe_model_package", described())
        package = registry.package(arn(1))
        assert {name: source.uri for name, source in package.reports.items()} == {
            "model_quality": "s3://r/quality",
            "model_data_quality": "s3://r/data",
            "bias": "s3://r/bias",
            "bias_pre_training": "s3://r/pre",
            "bias_post_training": "s3://r/post",
            "explainability": "s3://r/why",
        }
        assert package.containers[0].model_data_url == "s3://models/churn/7/"
        assert package.approval == "PendingManualApproval"
        assert package.group == "Churn"
        assert (package.created_at, package.last_modified) == (1_000, 1_000)

    def test_every_source_of_every_container_is_found(
        self, stubbed: tuple[SageMakerRegistry, Stubber]
    ) -> None:
        registry, stubber = stubbed
        answer = described()
        answer["InferenceSpecification"]["Containers"] = [EVERYTHING]
        answer["AdditionalInferenceSpecifications"] = [
            {"Name": "gpu", "Containers": [{"Image": "gpu:1", "ImageDigest": DIGEST}]}
        ]
        stubber.add_response("describe_model_package", answer)
        package = registry.package(arn(1))
        (container,) = package.containers
        assert container.artefacts == (
            "s3://m/model.tar.gz",
            "s3://m/files/manifest.csv",
            "s3://m/files/",
            "s3://m/adapter/",
            "s3://m/adapter/manifest.csv",
            "s3://m/older-addition",
        )
        assert (container.hostname, container.environment) == ("model", {"LEVEL": "info"})
        assert container.product == "prod-1"
        assert package.others == {"gpu": (Container(image="gpu:1", image_digest=DIGEST),)}

    @pytest.mark.parametrize("pages", [["Completed"], ["InProgress", "Failed", "Completed"]])
    def test_the_newest_approved_costs_no_more_pages_than_it_needs(
        self, stubbed: tuple[SageMakerRegistry, Stubber], pages: list[str]
    ) -> None:
        """A group may have hundreds of approved versions; the newest stand on the first page."""
        registry, stubber = stubbed
        for number, status in enumerate(pages):
            version = 90 - number
            summaries = [summary(version - 1, status), summary(version, status)]
            stubber.add_response(
                "list_model_packages",
                {"ModelPackageSummaryList": summaries, "NextToken": str(number)},
                {
                    "ModelPackageGroupName": "churn",
                    "ModelApprovalStatus": "Approved",
                    "ModelPackageType": "Versioned",
                    "SortBy": "CreationTime",
                    "SortOrder": "Descending",
                    "MaxResults": 10,
                    **({"NextToken": str(number - 1)} if number else {}),
                },
            )
        newest = 90 - len(pages) + 1
        found = described() | {"ModelPackageArn": arn(newest), "ModelPackageVersion": newest}
        stubber.add_response("describe_model_package", found, {"ModelPackageName": arn(newest)})
        package = registry.newest_approved("churn")
        assert package is not None
        assert package.version == newest

    def test_versions_whose_registration_failed_are_not_listed(
        self, stubbed: tuple[SageMakerRegistry, Stubber]
    ) -> None:
        registry, stubber = stubbed
        summaries = [summary(1, "InProgress"), summary(2, "Completed"), summary(3, "Failed")]
        stubber.add_response("list_model_packages", {"ModelPackageSummaryList": summaries}, None)
        assert [listed.arn for listed in registry.pending("churn")] == [arn(1), arn(2)]


def described() -> dict[str, Any]:
    def source(name: str) -> dict[str, str]:
        return {"ContentType": "application/json", "S3Uri": f"s3://r/{name}"}

    uncompressed = {
        "S3Uri": "s3://models/churn/7/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    return {
        "ModelPackageName": "churn",
        "ModelPackageGroupName": "Churn",
        "ModelPackageArn": arn(1),
        "CreationTime": datetime.fromtimestamp(1, tz=UTC),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "InferenceSpecification": {
            "Containers": [{"ModelDataSource": {"S3DataSource": uncompressed}}]
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": source("quality")},
            "ModelDataQuality": {"Statistics": source("data"), "Constraints": source("none")},
            "Bias": {
                "Report": source("bias"),
                "PreTrainingReport": source("pre"),
                "PostTrainingReport": source("post"),
            },
            "Explainability": {"Report": source("why")},
        },
    }


def summary(version: int, status: str) -> dict[str, Any]:
    return {
        "ModelPackageName": "churn",
        "ModelPackageArn": arn(version),
        "ModelPackageVersion": version,
        "CreationTime": datetime.fromtimestamp(version, tz=UTC),
        "ModelPackageStatus": status,
    }


def s3(uri: str, **more: str) -> dict[str, Any]:
    found = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None", **more}
    return {"S3DataSource": found}


EVERYTHING: dict[str, Any] = {
    "Image": IMAGE,
    "ImageDigest": DIGEST,
    "ContainerHostname": "model",
    "ProductId": "prod-1",
    "Environment": {"LEVEL": "info"},
    "ModelDataUrl": "s3://m/model.tar.gz",
    "ModelDataSource": s3("s3://m/files/", ManifestS3Uri="s3://m/files/manifest.csv"),
    "AdditionalModelDataSources": [
        {
            "ChannelName": "adapter",
            **s3("s3://m/adapter/", ManifestS3Uri="s3://m/adapter/manifest.csv"),
        }
    ],
    "AdditionalS3DataSource": {"S3DataType": "S3Object", "S3Uri": "s3://m/older-addition"},
}
ONLY_ABOUT_IT = {
    "BaseModel",
    "Framework",
    "FrameworkVersion",
    "IsCheckpoint",
    "ModelDataETag",
    "ModelInput",
    "NearestModelName",
}
"""Members that say something of the container, and nothing of what it runs."""


def test_every_member_of_a_package_s_container_is_read_or_known_to_run_nothing() -> None:
    """A new version of botocore may bring another one: then somebody has to decide about it."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.shape_for("ModelPackageContainerDefinition")
    assert set(shape.members) == set(EVERYTHING) | ONLY_ABOUT_IT
