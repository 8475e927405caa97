"""Real-time endpoints with instances: what may serve before, and the requests of a release.

The requests start from what serves now (DescribeModel, DescribeEndpointConfig), so nothing that a
person set up is lost; `serving` of the policy overrides only what it names.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from penstock.domain.errors import Refused
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.kinds import taken_over
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.differences import changed
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.environment import ContainerEnvironment, environment
from penstock.domain.kinds.kind import Contents, Intent, Kind
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.taken_over import check_taken_over, sent_again
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE, WHOLE, Variants, split_weights
from penstock.domain.policy.tags import ENDPOINT_TAG, RELEASE_TAG, check_tags
from penstock.domain.reviewing.package import Package

if TYPE_CHECKING:
    from penstock.domain.policy.serving import ServingSection

LIVE = "live"
"""What the serving variant is called where nobody named it."""

_VARIANT_FIELDS = {
    "instance_type": "InstanceType",
    "volume_gb": "VolumeSizeInGB",
    "startup_timeout_seconds": "ContainerStartupHealthCheckTimeoutInSeconds",
}


class Realtime:
    """The pure half of the kind: the canary is a second production variant."""

    published = PUBLISHED

    def check_live(self, intent: Intent) -> None:
        """Check that the release can start from the present setup.

        Raises:
            Refused: It cannot. The sentence says why and what would help.
        """
        if intent.live is None:
            return
        check_taken_over(intent.endpoint, intent.live)
        _check_names(intent.endpoint, intent.serving, intent.live)
        _check_instance_type(intent.serving, intent.live)

    def contents(self, intent: Intent) -> Contents:
        """The configuration with both variants, and the one with the new model alone."""
        endpoint, release = intent.endpoint, intent.release
        variant = variant_name(intent.serving, intent.live)
        weights = {variant: WHOLE}
        return Contents(
            variant=variant,
            staged=Variants(
                config=naming.staging_config(endpoint, release),
                weights=split_weights(variant, CANDIDATE, 0),
            ),
            final=Variants(
                config=naming.final_config(endpoint, release),
                weights=weights,
                package=intent.package.arn,
            ),
            found=intent.live.config["EndpointConfigName"] if intent.live else None,
            shadowed=Variants(
                config=naming.shadow_config(endpoint, release), weights=weights
            ).copying(intent.copied),
        )

    def floor(self, intent: Intent) -> int:
        """F: live's instances at the claim; for a first release those of the policy."""
        if intent.live is None:
            return intent.serving.instance_count or 1
        return max(1, intent.live.counts.get(variant_name(intent.serving, intent.live), 1))

    def candidates(self, serving: "ServingSection", floor: int, percent: float) -> int:
        """Instances for the largest share, computed in decimals so that a float's last digit
        costs none.
        """
        needed = floor * Decimal(repr(percent)) * Decimal(repr(OVERLOAD)) / 100
        return serving.candidate_instance_count or max(1, math.ceil(needed))

    def draw(self, intent: Intent, candidates: int | None) -> Blueprint:
        """Every request, from what serves now: nothing that a person set up is lost.

        Raises:
            Refused: a first release whose policy leaves something open, or more than SageMaker
                takes.
        """
        endpoint, serving, package, release, live, copied = intent
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
        staging = None
        if candidates is not None and live:
            staging = _staging(old, final, naming.staging_config(endpoint, release), candidates)
        shadow = None
        if copied and live:
            name, floor = naming.shadow_config(endpoint, release), self.floor(intent)
            shadow = _shadow(old, final, name, copied, _copying(serving, floor, copied))
        return Blueprint(
            model=model,
            staging=staging,
            shadow=shadow,
            final=final,
            tags=tags,
            model_tags=live.model_tags if live else {},
            config_tags=live.config_tags if live else {},
            differences=(*_differences(live, final, model), *variables.said) if live else (),
        )


REALTIME = Kind("realtime", "real-time endpoints", excludes={}, releases=Realtime(), golden=True)


def variant_name(serving: "ServingSection", live: LiveSetup | None) -> str:
    """The serving variant keeps its name, so that alarms and scaling bound to it survive."""
    found = str(live.config["ProductionVariants"][0]["VariantName"]) if live else None
    return serving.variant_name or found or LIVE


def _check_names(endpoint: str, serving: "ServingSection", live: LiveSetup) -> None:
    if live.variant == CANDIDATE:
        raise Refused(f"the serving variant of {endpoint} must not be named {CANDIDATE}")
    named = serving.variant_name
    if named and named != live.variant:
        raise Refused(
            f"serving.variant_name is {named}, but {endpoint} serves "
            f"{live.variant}: alarms and scaling are bound to that name"
        )


def _check_instance_type(serving: "ServingSection", live: LiveSetup) -> None:
    variant, wanted = live.config["ProductionVariants"][0], serving.instance_type
    if wanted is None or wanted == variant["InstanceType"]:
        return
    if live.scaled:
        raise Refused("instance_type cannot change while a scalable target is registered")
    if variant.get("CapacityReservationConfig"):
        raise Refused(
            "instance_type cannot change while the variant takes its instances from a capacity "
            f"reservation, which holds {variant['InstanceType']}"
        )


def _staging(
    old: dict[str, Any], final: dict[str, Any], name: str, candidates: int
) -> dict[str, Any]:
    """The configuration with the serving variant as it is and the candidate beside it."""
    candidate = final["ProductionVariants"][0] | {
        "VariantName": CANDIDATE,
        "InitialInstanceCount": candidates,
        "InitialVariantWeight": 0,
    }
    variants = [_serving_variant(old), candidate]
    return final | {"EndpointConfigName": name, "ProductionVariants": variants}


def _shadow(
    old: dict[str, Any], final: dict[str, Any], name: str, percent: float, instances: int
) -> dict[str, Any]:
    """The configuration with the serving variant as it is and the candidate as its shadow.

    The share is the shadow's weight beside a production weight of 1: nothing else is documented
    (facts 3.5).
    """
    candidate = final["ProductionVariants"][0] | {
        "VariantName": CANDIDATE,
        "InitialInstanceCount": instances,
        "InitialVariantWeight": round(percent / 100, 4),
    }
    serving = _serving_variant(old) | {"InitialVariantWeight": 1.0}
    return final | {
        "EndpointConfigName": name,
        "ProductionVariants": [serving],
        "ShadowProductionVariants": [candidate],
    }


def _copying(serving: "ServingSection", floor: int, percent: float) -> int:
    """Instances of a shadow: each has as many requests as one of live's.

    Raises:
        Refused: `serving.candidate_instance_count` is too small for the copies.
    """
    wanted = serving.candidate_instance_count
    copied = floor * Decimal(repr(percent)) / 100
    if wanted is None:
        return max(1, math.ceil(copied))
    least = max(1, math.ceil(copied / Decimal(repr(OVERLOAD))))
    if wanted < least:
        raise Refused(
            f"serving.candidate_instance_count is {wanted}, but the shadow gets copies of "
            f"{percent:g} % of the requests: beside {floor} instances it needs {least}"
        )
    return wanted


def _environment(
    serving: "ServingSection", package: Package, live: LiveSetup | None
) -> ContainerEnvironment:
    brought = {k: v for container in package.containers for k, v in container.environment.items()}
    return environment(live.peoples_environment if live else {}, brought, serving.environment)


def _model(
    endpoint: str,
    serving: "ServingSection",
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


def _isolated(serving: "ServingSection", package: Package, old: dict[str, Any]) -> bool:
    """Whether the model runs in network isolation.

    Products of the AWS Marketplace always do (SageMaker SDK).
    """
    of_marketplace = any(container.product for container in package.containers)
    if of_marketplace and serving.network_isolation is False:
        raise Refused(
            "the package is a product of the AWS Marketplace, which runs in network isolation "
            "only; remove network_isolation from serving"
        )
    wanted = serving.network_isolation
    return of_marketplace or bool(old.get("EnableNetworkIsolation") if wanted is None else wanted)


def _vpc(serving: "ServingSection") -> dict[str, Any] | None:
    if serving.vpc is None:
        return None
    return {
        "Subnets": list(serving.vpc.subnets),
        "SecurityGroupIds": list(serving.vpc.security_group_ids),
    }


def _from_scratch(serving: "ServingSection") -> dict[str, Any]:
    if serving.instance_type is None:
        raise Refused("a first release needs serving.instance_type in the policy")
    variant = {
        "VariantName": serving.variant_name or LIVE,
        "InstanceType": serving.instance_type,
        "InitialInstanceCount": serving.instance_count or 1,
    }
    return {"ProductionVariants": [variant]}


def _config(old: dict[str, Any], serving: "ServingSection") -> dict[str, Any]:
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


def _variant(old: dict[str, Any], serving: "ServingSection", model: str) -> dict[str, Any]:
    variant = _serving_variant(old) | {"ModelName": model}
    for ours, theirs in _VARIANT_FIELDS.items():
        if (value := getattr(serving, ours)) is not None:
            variant[theirs] = value
    if serving.routing:
        variant["RoutingConfig"] = {"RoutingStrategy": serving.routing}
    return variant


def _differences(live: LiveSetup, final: dict[str, Any], model: dict[str, Any]) -> tuple[str, ...]:
    """Differences between the new configuration and model and the present ones, one line each."""
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
