"""What an existing endpoint may be: each member that SageMaker shows is decided about here.

A test holds the tables against the service model, so that a member nobody knows is not taken over
by chance. What cannot be taken over is refused while the release is planned, with a way out.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Literal

from penstock.domain.errors import Refused
from penstock.domain.kinds.endpoint import LiveSetup, containers

Fate = Literal["answer", "ours", "kept", "left out", "refused"]
"""Only an answer carries it; a release sets it; it is sent again; it is not; it is not possible."""

CONFIG: Mapping[str, Fate] = {
    "EndpointConfigArn": "answer",
    "CreationTime": "answer",
    "EndpointConfigName": "ours",
    "ProductionVariants": "ours",
    "DataCaptureConfig": "kept",
    "EnableNetworkIsolation": "kept",
    "ExecutionRoleArn": "kept",
    "ExplainerConfig": "kept",
    "KmsKeyId": "kept",
    "MetricsConfig": "kept",
    "VpcConfig": "kept",
    "AsyncInferenceConfig": "refused",
    "ShadowProductionVariants": "refused",
}
VARIANT: Mapping[str, Fate] = {
    "ModelName": "ours",
    "InitialInstanceCount": "ours",
    "InitialVariantWeight": "ours",
    "CapacityReservationConfig": "kept",
    "ContainerStartupHealthCheckTimeoutInSeconds": "kept",
    "CoreDumpConfig": "kept",
    "EnableSSMAccess": "kept",
    "InferenceAmiVersion": "kept",
    "InstanceType": "kept",
    "ModelDataDownloadTimeoutInSeconds": "kept",
    "RoutingConfig": "kept",
    "VariantInstanceProvisionTimeoutInSeconds": "kept",
    "VariantName": "kept",
    "VolumeSizeInGB": "kept",
    "AcceleratorType": "left out",  # Elastic Inference: no longer offered (ProductionVariant)
    "ManagedInstanceScaling": "left out",  # refused on a variant that has a model of its own
    "AcceleratorPartitionLayouts": "refused",
    "InstancePools": "refused",
    "ServerlessConfig": "refused",
}
MODEL: Mapping[str, Fate] = {
    "CreationTime": "answer",
    "DeploymentRecommendation": "answer",
    "ModelArn": "answer",
    "ModelName": "ours",
    "PrimaryContainer": "ours",
    "Containers": "ours",
    "EnableNetworkIsolation": "kept",
    "ExecutionRoleArn": "kept",
    "VpcConfig": "kept",
    "InferenceExecutionConfig": "left out",  # how several containers stand together: one is left
}
CONTAINER: Mapping[str, Fate] = {
    "ModelPackageName": "ours",
    "InferenceSpecificationName": "ours",
    "Environment": "kept",  # in part: see environment.py
    # The package brings its own; nothing of the old container decides how the new one runs.
    "AdditionalModelDataSources": "left out",
    "ContainerHostname": "left out",
    "ContainerMetricsConfig": "left out",
    "Image": "left out",
    "ImageConfig": "left out",
    "Mode": "left out",
    "ModelDataSource": "left out",
    "ModelDataUrl": "left out",
    "MultiModelConfig": "refused",
}

_NEW_ENDPOINT = (
    "name an endpoint in the policy that does not exist yet, and the first release creates it"
)
_ONE_VARIANT = (
    "put the endpoint on a configuration with one production variant (create-endpoint-config, "
    'update-endpoint), then release with "adopt": true'
)


def check_taken_over(endpoint: str, live: LiveSetup) -> None:
    """See that a release can start from what serves.

    Raises:
        Refused: it is of another kind, or has something that this version does not know.
    """
    for sentence in _objections(live):
        raise Refused(f"endpoint {endpoint} {sentence}")


def config_gone(endpoint: str, config: str) -> Refused:
    """Whether SageMaker updates such an endpoint is not documented: a way that needs no update."""
    return Refused(
        f"endpoint {endpoint} runs on the configuration {config}, which was deleted: a release has "
        "nothing to start from, and a rollback nothing to go back to; create it again under that "
        "name, then release again"
    )


def model_gone(endpoint: str, config: str, model: str) -> Refused:
    """Instances that are replaced or added cannot start: every update of the endpoint fails."""
    return Refused(
        f"endpoint {endpoint} serves the model {model} (configuration {config}), which was "
        "deleted: create it again under that name, then release again"
    )


def one_variant(endpoint: str, variants: Mapping[str, object], *, known: bool) -> Refused:
    """More than one production variant; `known`: Penstock has released to this endpoint."""
    ours = f'start a rollback ({{"action": "rollback", "endpoint": "{endpoint}"}}), or '
    return Refused(
        f"endpoint {endpoint} has more than one variant ({', '.join(sorted(variants))}), and one "
        f"without traffic counts, also a shadow: {ours if known else ''}{_ONE_VARIANT}"
    )


def sent_again(
    table: Mapping[str, Fate], shown: Mapping[str, Any], also: Set[str] = frozenset()
) -> dict[str, Any]:
    """What of a description goes into the next request; members nobody decided about do, too."""
    return {
        key: value
        for key, value in shown.items()
        if (table.get(key, "kept") == "kept" or key in also) and value not in (None, [], {})
    }


def _objections(live: LiveSetup) -> Iterator[str]:
    config = live.config
    variants = config["ProductionVariants"]
    if len(variants) != 1:
        yield f"has more than one variant: {_ONE_VARIANT}"
    if config.get("ShadowProductionVariants"):
        yield f"has more than one variant, one of them a shadow: {_ONE_VARIANT}"
    if config.get("AsyncInferenceConfig"):
        yield f"is asynchronous, and this version releases real-time endpoints: {_NEW_ENDPOINT}"
    yield from _of_variant(variants[0])
    yield from _of_model(live.model)
    if not live.ours:
        yield from _unknown(live)


def _of_variant(variant: Mapping[str, Any]) -> Iterator[str]:
    if variant.get("ServerlessConfig"):
        yield f"is serverless, and this version releases endpoints with instances: {_NEW_ENDPOINT}"
    if not variant.get("ModelName") or variant.get("AcceleratorPartitionLayouts"):
        yield (
            "is made for inference components, and this version releases endpoints whose variant "
            f"names its model: {_NEW_ENDPOINT}"
        )
    if variant.get("InstancePools"):
        yield (
            "has instance pools, and this version releases to one instance type: put it on a "
            'configuration with an InstanceType, then release with "adopt": true'
        )
    if not variant.get("InstanceType"):
        yield f"is not a real-time endpoint with instances: {_NEW_ENDPOINT}"


def _of_model(model: Mapping[str, Any]) -> Iterator[str]:
    found = containers(model)
    if len(found) > 1:
        yield (
            f"serves {len(found)} containers, and this version releases packages with one: "
            f"{_NEW_ENDPOINT}"
        )
    if any(
        c.get("Mode", "SingleModel") != "SingleModel" or c.get("MultiModelConfig") for c in found
    ):
        yield (
            "serves many models (its callers name one with TargetModel), and this version releases "
            f"one: {_NEW_ENDPOINT}"
        )


def _unknown(live: LiveSetup) -> Iterator[str]:
    """Members of a newer SageMaker. In what Penstock made they are defaults of the service."""
    for what, table, shown in (
        ("configuration", CONFIG, [live.config]),
        ("variant", VARIANT, live.config["ProductionVariants"]),
        ("model", MODEL, [live.model]),
        ("container", CONTAINER, containers(live.model)),
    ):
        for name in sorted(_members(shown) - set(table) - {"ResponseMetadata"}):
            yield (
                f"has a {what} with {name}, which this version of Penstock does not know: put it "
                f'on a {what} without {name} and release with "adopt": true, or {_NEW_ENDPOINT}'
            )


def _members(shown: Iterable[Mapping[str, Any]]) -> set[str]:
    return {name for one in shown for name, value in one.items() if value}
