"""The very requests that a real-time release sends to SageMaker, built before anything is sent.

They start from what serves now (DescribeModel, DescribeEndpointConfig), so nothing that a person
set up is lost; `serving` of the policy overrides only what it names.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from penstock.domain.errors import Refused
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import WHOLE
from penstock.domain.planning import taken_over
from penstock.domain.planning.differences import changed
from penstock.domain.planning.endpoint import LiveSetup
from penstock.domain.planning.environment import Environment, environment
from penstock.domain.planning.taken_over import sent_again
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.serving import Serving
from penstock.domain.policy.tags import ENDPOINT_TAG, RELEASE_TAG, check_tags
from penstock.domain.reviewing.package import Package

CANDIDATE = "candidate"
LIVE = "live"

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
    def variables(self) -> dict[str, str]:
        """The environment that is sent beside the package's own."""
        match self.model:
            case {"PrimaryContainer": {"Environment": {**variables}}}:
                return {str(name): str(value) for name, value in variables.items()}
        return {}

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
        Refused: a first release whose policy leaves something open, or more than SageMaker takes.
    """
    serving, endpoint = policy.serving, policy.endpoint
    variables = _environment(serving, package, live)
    model = _model(endpoint, serving, package, live, variables.sent)
    old = live.config if live else _from_scratch(serving)
    tags = serving.tags | {RELEASE_TAG: release, ENDPOINT_TAG: endpoint}
    if live:
        check_tags("model", live.model_tags, serving.tags)
        check_tags("configuration", live.config_tags, serving.tags)
    final = _config(old, serving) | {
        "EndpointConfigName": naming.final_config(endpoint, release),
        "ProductionVariants": [_variant(old, serving, str(model["ModelName"]))],
    }
    return Blueprint(
        model=model,
        staging=_staging(old, final, naming.staging_config(endpoint, release), candidates)
        if candidates is not None and live
        else None,
        final=final,
        tags=tags,
        model_tags=live.model_tags if live else {},
        config_tags=live.config_tags if live else {},
        differences=(*_differences(live, final, model), *variables.said) if live else (),
    )


def _staging(
    old: dict[str, Any], final: dict[str, Any], name: str, candidates: int
) -> dict[str, Any]:
    """The serving variant as it is, and beside it the new one under another name."""
    candidate = final["ProductionVariants"][0] | {
        "VariantName": CANDIDATE,
        "InitialInstanceCount": candidates,
        "InitialVariantWeight": 0,
    }
    variants = [_serving_variant(old), candidate]
    return final | {"EndpointConfigName": name, "ProductionVariants": variants}


def variant_name(policy: Policy, live: LiveSetup | None) -> str:
    """The serving variant keeps its name, so that alarms and scaling bound to it survive."""
    found = str(live.config["ProductionVariants"][0]["VariantName"]) if live else None
    return policy.serving.variant_name or found or LIVE


def _environment(serving: Serving, package: Package, live: LiveSetup | None) -> Environment:
    brought = {k: v for container in package.containers for k, v in container.environment.items()}
    return environment(live.peoples_environment if live else {}, brought, serving.environment)


def _model(
    endpoint: str,
    serving: Serving,
    package: Package,
    live: LiveSetup | None,
    variables: dict[str, str],
) -> dict[str, Any]:
    old = live.model if live else {}
    role = serving.execution_role_arn or old.get("ExecutionRoleArn")
    if role is None:
        raise Refused("a first release needs serving.execution_role_arn in the policy")
    container: dict[str, Any] = {"ModelPackageName": package.arn}
    if serving.inference_specification_name:
        container["InferenceSpecificationName"] = serving.inference_specification_name
    if variables:
        container["Environment"] = variables
    request: dict[str, Any] = {"ExecutionRoleArn": role, "PrimaryContainer": container}
    if vpc := _vpc(serving) or old.get("VpcConfig"):
        request["VpcConfig"] = vpc
    if _isolated(serving, package, old):
        request["EnableNetworkIsolation"] = True
    named_by = request | ({"Tags": serving.tags} if serving.tags else {})
    return request | {"ModelName": naming.model(endpoint, named_by)}


def _isolated(serving: Serving, package: Package, old: dict[str, Any]) -> bool:
    """A product of the AWS Marketplace runs isolated only, as the SageMaker SDK has it."""
    of_marketplace = any(container.product for container in package.containers)
    if of_marketplace and serving.network_isolation is False:
        raise Refused(
            "the package is a product of the AWS Marketplace, which runs in network isolation "
            "only: take network_isolation out of serving"
        )
    wanted = serving.network_isolation
    return of_marketplace or bool(old.get("EnableNetworkIsolation") if wanted is None else wanted)


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
    kept = sent_again(taken_over.CONFIG, old)
    if serving.kms_key_arn:
        kept["KmsKeyId"] = serving.kms_key_arn
    if serving.data_capture:
        kept["DataCaptureConfig"] = serving.data_capture.request()
    return kept


def _serving_variant(old: dict[str, Any]) -> dict[str, Any]:
    own = {"ModelName", "InitialInstanceCount", "InitialVariantWeight"}
    variant = sent_again(taken_over.VARIANT, old["ProductionVariants"][0], own)
    return variant | {"InitialVariantWeight": WHOLE}


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
    lines = changed("variant", old_variant, new_variant, _not_listed(taken_over.VARIANT))
    lines += changed("configuration", live.config, final, _not_listed(taken_over.CONFIG))
    lines += changed("model", live.model, model, _not_listed(taken_over.MODEL))
    container = model["PrimaryContainer"]
    lines += changed("container", live.container, container, _PACKAGED | {"Environment"})
    return tuple(lines)


def _not_listed(table: Mapping[str, taken_over.Fate]) -> frozenset[str]:
    return frozenset(name for name, fate in table.items() if fate in ("answer", "ours"))


_PACKAGED = frozenset({"ModelPackageName", "Image", "ModelDataUrl", "ModelDataSource", "Mode"})
"""What a release is about; the only mode of a package is the default."""
