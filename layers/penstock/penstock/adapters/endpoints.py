"""Endpoints, configurations and models as SageMaker shows them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Missing
from penstock.domain.kinds.endpoint import EndpointView, LiveSetup, ServedImage
from penstock.domain.kinds.pending import PendingDeployment, VariantStatus
from penstock.domain.kinds.taken_over import config_gone, model_gone
from penstock.domain.ledger.content import from_weights
from penstock.domain.policy.tags import RELEASE_TAG
from penstock.ports.serving import ListedEndpoint

_AT_ONCE = 100
_SETTLED = frozenset({"InService", "Failed", "OutOfService"})
_STACK_TAG = "aws:cloudformation:stack-name"


class SageMakerEndpoints:
    """Reads only."""

    def __init__(self, sagemaker: Any) -> None:
        self._sagemaker = sagemaker

    def look(self, endpoint: str) -> EndpointView | None:
        """DescribeEndpoint. Weights are the desired ones, which are current once InService."""
        try:
            shown = self._describe(endpoint)
        except Missing:
            return None
        production = shown.get("ProductionVariants") or []
        shadows = shown.get("ShadowProductionVariants") or []
        variants = [*production, *shadows]
        weights = _weights(production)
        copied = _copied(shadows, sum(weights.values()))
        if len(weights) == 1:
            weights = dict.fromkeys(weights, 1.0)
        return EndpointView(
            status=shown["EndpointStatus"],
            content=from_weights(shown.get("EndpointConfigName") or "", weights, copied),
            counts={v["VariantName"]: int(v.get("DesiredInstanceCount") or 0) for v in variants},
            running={v["VariantName"]: int(v.get("CurrentInstanceCount") or 0) for v in variants},
            images={v["VariantName"]: _images(v) for v in variants},
            failure=shown.get("FailureReason"),
            modified=_moment(shown.get("LastModifiedTime")),
            arn=shown["EndpointArn"],
            pending=_pending(shown.get("PendingDeploymentSummary")),
        )

    def setup(self, view: EndpointView, endpoint: str, config: str) -> LiveSetup:
        """DescribeEndpointConfig and DescribeModel of the content that a release starts from.

        Raises:
            Refused: The configuration or its model was deleted.
        """
        described = self._config(endpoint, config)
        model = self._model(endpoint, config, described["ProductionVariants"][0].get("ModelName"))
        with translated():
            stack = self._tags(view.arn).get(_STACK_TAG)
            of_config = self._tags(described["EndpointConfigArn"])
            of_model = self._tags(model["ModelArn"]) if model else {}
        return LiveSetup(
            config=_plain(described),
            model=_plain(model),
            counts=view.counts,
            config_tags=_of_people(of_config),
            model_tags=_of_people(of_model),
            cloudformation_stack=stack,
            ours=RELEASE_TAG in of_config,
        )

    def _config(self, endpoint: str, config: str) -> Mapping[str, Any]:
        try:
            with translated():
                found: Mapping[str, Any] = self._sagemaker.describe_endpoint_config(
                    EndpointConfigName=config
                )
        except Missing as error:
            raise config_gone(endpoint, config) from error
        return found

    def _model(self, endpoint: str, config: str, model: str | None) -> Mapping[str, Any]:
        """Empty if the variant names no model, because inference components bring their own."""
        if not model:
            return {}
        try:
            with translated():
                found: Mapping[str, Any] = self._sagemaker.describe_model(ModelName=model)
        except Missing as error:
            raise model_gone(endpoint, config, model) from error
        return found

    def listed(self) -> list[ListedEndpoint]:
        """Every endpoint in the account and region, a hundred per page. AWS's default is ten."""
        with translated():
            pages = self._sagemaker.get_paginator("list_endpoints").paginate(
                PaginationConfig={"PageSize": _AT_ONCE}
            )
            return [_listed(each) for page in pages for each in page["Endpoints"]]

    def configs_of(self, endpoint: str) -> frozenset[str]:
        """Names of its current and pending configurations. Empty if the endpoint is gone."""
        try:
            shown = self._describe(endpoint)
        except Missing:
            return frozenset()
        pending = shown.get("PendingDeploymentSummary") or {}
        named = (shown.get("EndpointConfigName"), pending.get("EndpointConfigName"))
        return frozenset(config for config in named if config)

    def models_of(self, config: str) -> frozenset[str] | None:
        """Names of a configuration's models. None if the configuration is gone."""
        try:
            with translated():
                described = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
        except Missing:
            return None
        variants = described["ProductionVariants"] + described.get("ShadowProductionVariants", [])
        return frozenset(name for variant in variants for name in _models(variant))

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def _describe(self, endpoint: str) -> Mapping[str, Any]:
        with translated():
            shown: Mapping[str, Any] = self._sagemaker.describe_endpoint(EndpointName=endpoint)
        return shown


def _moment(time: datetime | None) -> int:
    """Milliseconds since 1970."""
    return round(time.timestamp() * 1000) if time else 0


def _weights(variants: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {v["VariantName"]: float(v.get("DesiredWeight") or 0.0) for v in variants}


def _copied(shadows: Iterable[Mapping[str, Any]], production: float) -> dict[str, float]:
    """The share of the requests that each shadow gets, of production's weight (facts 3.5)."""
    weights = _weights(shadows)
    return {n: min(1.0, w / production) if production else 0.0 for n, w in weights.items()}


def _pending(shown: Mapping[str, Any] | None) -> PendingDeployment | None:
    """The new fleet, of its first variant: a release has one."""
    if not shown:
        return None
    variant: Mapping[str, Any] = next(iter(shown.get("ProductionVariants") or []), {})
    return PendingDeployment(
        config=shown["EndpointConfigName"],
        since=_moment(shown.get("StartTime")),
        instances=int(variant.get("DesiredInstanceCount") or 0),
        statuses=tuple(
            VariantStatus(
                status=each["Status"],
                message=each.get("StatusMessage") or "",
                since=_moment(each.get("StartTime")),
            )
            for each in variant.get("VariantStatus") or []
        ),
    )


def _listed(shown: Mapping[str, Any]) -> ListedEndpoint:
    modified = _moment(shown["LastModifiedTime"])
    return ListedEndpoint(shown["EndpointName"], modified, shown["EndpointStatus"] in _SETTLED)


def _images(variant: Mapping[str, Any]) -> tuple[ServedImage, ...]:
    deployed = variant.get("DeployedImages") or []
    return tuple(
        ServedImage(specified=image.get("SpecifiedImage"), resolved=image.get("ResolvedImage"))
        for image in deployed
    )


def _models(variant: Mapping[str, Any]) -> Iterator[str]:
    """The variant's model, and the models of its single instance types."""
    pools = variant.get("InstancePools") or []
    named = (variant.get("ModelName"), *(pool.get("ModelNameOverride") for pool in pools))
    yield from (name for name in named if name)


def _of_people(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags that people set: not AWS's, which nobody else may write, and not Penstock's, which
    belong to a release.
    """
    return {k: v for k, v in tags.items() if not k.lower().startswith(("aws:", "penstock:"))}


def _plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without its metadata and times."""
    left_out = {"ResponseMetadata", "CreationTime"}
    return {key: value for key, value in answer.items() if key not in left_out}
