"""The very requests that a real-time release sends to SageMaker, built before anything is sent.

They start from what serves now (DescribeModel, DescribeEndpointConfig), so nothing that a person
set up is lost; `serving` of the policy overrides only what it names (design: taken over, not
stripped).
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from penstock.domain import naming
from penstock.domain.content import WHOLE
from penstock.domain.differences import changed
from penstock.domain.endpoint import LiveSetup
from penstock.domain.errors import Refused
from penstock.domain.package import Package
from penstock.domain.policy import Policy
from penstock.domain.serving import Serving

CANDIDATE = "candidate"
LIVE = "live"

_ANSWERS_ONLY = frozenset({"EndpointConfigName", "EndpointConfigArn", "CreationTime"})
_VARIANT_FIELDS = {
    "instance_type": "InstanceType",
    "volume_gb": "VolumeSizeInGB",
    "startup_timeout_seconds": "ContainerStartupHealthCheckTimeoutInSeconds",
}


def _named_model(request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"ModelName": str()}:
            return request
    raise ValueError("a model needs its name")


def _named_config(request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"EndpointConfigName": str(), "ProductionVariants": [{}, *_]}:
            return request
    raise ValueError("a configuration needs its name and a variant")


ModelRequest = Annotated[dict[str, Any], AfterValidator(_named_model)]
"""A CreateModel request."""
ConfigRequest = Annotated[dict[str, Any], AfterValidator(_named_config)]
"""A CreateEndpointConfig request."""


class Blueprint(BaseModel):
    """Names and whole requests. `staging` is None when there is no canary.

    `tags` are on everything that a release makes; models and configurations keep those of people.

    The final configuration's instance count is the least; promoting raises it to what is there.
    """

    model_config = ConfigDict(frozen=True)

    model: ModelRequest
    staging: ConfigRequest | None
    final: ConfigRequest
    tags: dict[str, str]
    model_tags: dict[str, str] = {}
    config_tags: dict[str, str] = {}
    differences: tuple[str, ...] = ()

    @property
    def model_name(self) -> str:
        """Named by the whole request: equal requests share one model."""
        return str(self.model["ModelName"])

    @property
    def staging_name(self) -> str | None:
        """The configuration with both variants."""
        return str(self.staging["EndpointConfigName"]) if self.staging else None

    @property
    def final_name(self) -> str:
        """The configuration with the serving variant on the new model."""
        return str(self.final["EndpointConfigName"])


def draw(
    policy: Policy, package: Package, release: str, live: LiveSetup | None, candidates: int | None
) -> Blueprint:
    """Everything a release creates. `candidates`: instances of the canary, None for no canary.

    Raises:
        Refused: a first release whose policy leaves something open.
    """
    serving, endpoint = policy.serving, policy.endpoint
    model = _model(endpoint, serving, package, live)
    old = live.config if live else _from_scratch(serving)
    variant = _variant(old, serving, str(model["ModelName"]))
    final = _config(old, serving) | {
        "EndpointConfigName": naming.final_config(endpoint, release),
        "ProductionVariants": [variant],
    }
    staging = None
    if candidates is not None and live is not None:
        candidate = variant | {
            "VariantName": CANDIDATE,
            "InitialInstanceCount": candidates,
            "InitialVariantWeight": 0,
        }
        staging = _config(old, serving) | {
            "EndpointConfigName": naming.staging_config(endpoint, release),
            "ProductionVariants": [_serving_variant(old), candidate],
        }
    return Blueprint(
        model=model,
        staging=staging,
        final=final,
        tags={"penstock:release": release, "penstock:endpoint": endpoint},
        model_tags=live.model_tags if live else {},
        config_tags=live.config_tags if live else {},
        differences=_differences(live, final, model) if live else (),
    )


def variant_name(policy: Policy, live: LiveSetup | None) -> str:
    """The serving variant keeps its name, so that alarms and scaling bound to it survive."""
    found = str(live.config["ProductionVariants"][0]["VariantName"]) if live else None
    return policy.serving.variant_name or found or LIVE


def _model(
    endpoint: str, serving: Serving, package: Package, live: LiveSetup | None
) -> dict[str, Any]:
    old = live.model if live else {}
    role = serving.execution_role_arn or old.get("ExecutionRoleArn")
    if role is None:
        raise Refused("a first release needs serving.execution_role_arn in the policy")
    container: dict[str, Any] = {"ModelPackageName": package.arn}
    if hostname := _container(old).get("ContainerHostname"):
        container["ContainerHostname"] = hostname
    if environment := _environment(old) | dict(serving.environment or {}):
        container["Environment"] = environment
    request: dict[str, Any] = {"ExecutionRoleArn": role, "PrimaryContainer": container}
    if vpc := _vpc(serving) or old.get("VpcConfig"):
        request["VpcConfig"] = vpc
    isolated = serving.network_isolation
    if isolated if isolated is not None else old.get("EnableNetworkIsolation"):
        request["EnableNetworkIsolation"] = True
    return request | {"ModelName": naming.model(endpoint, request)}


def _container(model: dict[str, Any]) -> dict[str, Any]:
    containers = [model.get("PrimaryContainer"), *model.get("Containers", [])]
    return next((c for c in containers if c), {})


def _environment(model: dict[str, Any]) -> dict[str, str]:
    return dict(_container(model).get("Environment") or {})


def _vpc(serving: Serving) -> dict[str, Any] | None:
    if serving.vpc is None:
        return None
    return {
        "Subnets": list(serving.vpc.subnets),
        "SecurityGroupIds": list(serving.vpc.security_group_ids),
    }


def _from_scratch(serving: Serving) -> dict[str, Any]:
    if serving.instance_type is None:
        raise Refused("a first release needs serving.instance_type in the policy")
    variant = {
        "VariantName": serving.variant_name or LIVE,
        "InstanceType": serving.instance_type,
        "InitialInstanceCount": serving.instance_count or 1,
    }
    return {"ProductionVariants": [variant]}


def _config(old: dict[str, Any], serving: Serving) -> dict[str, Any]:
    """What a configuration says beside its variants."""
    kept = {
        key: value
        for key, value in old.items()
        if key not in _ANSWERS_ONLY and key != "ProductionVariants" and value not in (None, [], {})
    }
    if serving.kms_key_arn:
        kept["KmsKeyId"] = serving.kms_key_arn
    if serving.data_capture:
        kept["DataCaptureConfig"] = serving.data_capture.request()
    return kept


def _serving_variant(old: dict[str, Any]) -> dict[str, Any]:
    return dict(old["ProductionVariants"][0]) | {"InitialVariantWeight": WHOLE}


def _variant(old: dict[str, Any], serving: Serving, model: str) -> dict[str, Any]:
    variant = _serving_variant(old) | {"ModelName": model}
    for ours, theirs in _VARIANT_FIELDS.items():
        if (value := getattr(serving, ours)) is not None:
            variant[theirs] = value
    if serving.routing:
        variant["RoutingConfig"] = {"RoutingStrategy": serving.routing}
    return variant


def _differences(live: LiveSetup, final: dict[str, Any], model: dict[str, Any]) -> tuple[str, ...]:
    """Where the new configuration and model are not what serves now, one line each."""
    old_variant, new_variant = live.config["ProductionVariants"][0], final["ProductionVariants"][0]
    ignored = {"ModelName", "InitialInstanceCount", "InitialVariantWeight"}
    lines = changed("variant", old_variant, new_variant, ignored)
    config_ignored = {"EndpointConfigName", "ProductionVariants", *_ANSWERS_ONLY}
    lines += changed("configuration", live.config, final, config_ignored)
    lines += changed(
        "model", live.model, model, {"ModelName", "PrimaryContainer", "Containers", *_MODEL_ANSWERS}
    )
    lines += changed("container", _container(live.model), _container(model), _PACKAGED)
    if len(live.model.get("Containers") or []) > 1:
        lines.append("model Containers: several -> those of the package")
    return tuple(lines)


_MODEL_ANSWERS = frozenset({"ModelArn", "CreationTime", "DeploymentRecommendation"})
_PACKAGED = frozenset({"ModelPackageName", "Image", "ModelDataUrl", "ModelDataSource", "Mode"})
"""What a release is about; the only mode of a package is the default."""
