"""Endpoint configurations: validated as AWS does, immutable, and described as given."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twin.core.account import Account, Answer, Handler, Params, milliseconds, refused
from twin.core.hooks import NotSupportedByTwin
from twin.core.listing import page
from twin.sagemaker.capture_config import CaptureConfig, capture_of
from twin.sagemaker.shadows import Shadows

_EVENT = "SageMaker Endpoint Config State Change"
_UNSUPPORTED = (
    "AsyncInferenceConfig",
    "EnableNetworkIsolation",
    "ExecutionRoleArn",
    "ExplainerConfig",
    "VpcConfig",
)
_VARIANT_UNSUPPORTED = (
    "AcceleratorPartitionLayouts",
    "AcceleratorType",
    "CapacityReservationConfig",
    "CoreDumpConfig",
    "InstancePools",
    "ServerlessConfig",
    "VariantInstanceProvisionTimeoutInSeconds",
)
_SHADOWS = "ShadowProductionVariants"
_KINDS = ("ProductionVariants", _SHADOWS)
_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)
# AWS: absent values are null in configuration events (facts 1.5).
_NULLS = ("DataCaptureConfig", "KmsKeyId", "AsyncInferenceConfig", "ExplainerConfig")
_VARIANT_NULLS = (
    "AcceleratorType",
    "CoreDumpConfig",
    "ServerlessConfig",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "EnableSSMAccess",
)


@dataclass(frozen=True)
class ConfigVariant:
    """A production or shadow variant in a configuration."""

    name: str
    model_name: str
    instance_type: str
    initial_count: int
    initial_weight: float
    is_shadow: bool = False


@dataclass(frozen=True)
class EndpointConfig:
    """An immutable configuration. `description` is the answer of DescribeEndpointConfig.

    `variants` has the shadow too, if there is one.
    """

    name: str
    arn: str
    created: datetime
    variants: tuple[ConfigVariant, ...]
    description: Answer
    capture: CaptureConfig | None = None

    @property
    def has_enhanced_metrics(self) -> bool:
        return bool(self.description.get("MetricsConfig", {}).get("EnableEnhancedMetrics", False))


class EndpointConfigs:
    """Every endpoint configuration of the account.

    `check_model` raises an error unless a model exists. `lag_seconds` is the time for which
    CreateEndpoint and UpdateEndpoint do not see a new configuration (AWS: eventual consistency,
    facts 3.1). `takes_managed_scaling` allows ManagedInstanceScaling on a variant with its own
    model, which AWS once did. Such configurations still exist. `shadows` has the settings of shadow
    variants.
    """

    def __init__(self, account: Account, check_model: Callable[[str], object]) -> None:
        self.lag_seconds = 0.0
        self.takes_managed_scaling = False
        self.shadows = Shadows()
        self._account = account
        self._check_model = check_model
        self._configs: dict[str, EndpointConfig] = {}

    def operations(self) -> Mapping[str, Handler]:
        return {
            "CreateEndpointConfig": self.create,
            "DescribeEndpointConfig": self.describe,
            "DeleteEndpointConfig": self.delete,
            "ListEndpointConfigs": self.list_configs,
        }

    def create(self, params: Params) -> Answer:
        name = params["EndpointConfigName"]
        arn = self._account.arn("endpoint-config", name)
        if any(config.arn == arn for config in self._configs.values()):
            raise refused(f'Cannot create already existing endpoint configuration "{arn}".')
        variants = self._variants(params)
        created = self._account.now()
        description = {
            **deepcopy({key: value for key, value in params.items() if key != "Tags"}),
            "EndpointConfigArn": arn,
            "CreationTime": created,
        }
        for variant in (each for kind in _KINDS for each in description.get(kind, [])):
            variant.setdefault("InitialVariantWeight", 1.0)
        capture = capture_of(params)
        self._configs[name] = EndpointConfig(name, arn, created, variants, description, capture)
        self._account.tag(arn, params.get("Tags", ()))
        self._emit(self._configs[name])
        return {"EndpointConfigArn": arn}

    def describe(self, params: Params) -> Answer:
        return deepcopy(self.get(params["EndpointConfigName"]).description)

    def delete(self, params: Params) -> Answer:
        """AWS allows deleting a configuration that is in use, with bad consequences (facts 3.1)."""
        config = self.get(params["EndpointConfigName"])
        self._emit(config)
        del self._configs[config.name]
        self._account.tags.pop(config.arn, None)
        return {}

    def list_configs(self, params: Params) -> Answer:
        fields = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        summaries = [
            {field: config.description[field] for field in fields}
            for config in self._configs.values()
        ]
        return page(summaries, params, "EndpointConfigs", _name, "Descending")

    def get(self, name: str) -> EndpointConfig:
        if name not in self._configs:
            raise self._missing(name)
        return self._configs[name]

    def key_of(self, name: str) -> str | None:
        """Return the KMS key of a configuration. None if it has no key or does not exist."""
        config = self._configs.get(name)
        return None if config is None else config.description.get("KmsKeyId")

    def visible(self, name: str) -> EndpointConfig:
        """Return a configuration that endpoint operations see, some time after its creation."""
        config = self.get(name)
        if self._account.clock.now() < config.created.timestamp() + self.lag_seconds:
            raise self._missing(name)
        return config

    def _missing(self, name: str) -> Exception:
        arn = self._account.arn("endpoint-config", name)
        return refused(f'Could not find endpoint configuration "{arn}".')

    def _variants(self, params: Params) -> tuple[ConfigVariant, ...]:
        self.shadows.check_config(params)
        _refuse(params, _UNSUPPORTED, "an endpoint configuration")
        _check_frequency(params.get("MetricsConfig", {}))
        variants = tuple(
            self._variant(variant, is_shadow=kind == _SHADOWS)
            for kind in _KINDS
            for variant in params.get(kind, [])
        )
        names = [variant.name for variant in variants]
        if len(set(names)) < len(names):
            raise refused("Variant names must be unique.")
        return variants

    def _variant(self, variant: Params, *, is_shadow: bool) -> ConfigVariant:
        _refuse(variant, _VARIANT_UNSUPPORTED, "a production variant")
        for field in ("ModelName", "InstanceType", "InitialInstanceCount"):
            if field not in variant:
                raise refused(f"{field} is required for variant {variant['VariantName']}.")
        if "ManagedInstanceScaling" in variant and not self.takes_managed_scaling:
            raise refused("ManagedInstanceScaling is only for endpoints of inference components.")
        self._check_model(variant["ModelName"])
        return ConfigVariant(
            variant["VariantName"],
            variant["ModelName"],
            variant["InstanceType"],
            variant["InitialInstanceCount"],
            float(variant.get("InitialVariantWeight", 1.0)),
            is_shadow,
        )

    def _emit(self, config: EndpointConfig) -> None:
        """AWS: an event is sent when a configuration is created or deleted (facts 1.5)."""
        description = deepcopy(config.description)
        detail = {
            **dict.fromkeys((*_NULLS, _SHADOWS)),
            **description,
            **{
                kind: [{**dict.fromkeys(_VARIANT_NULLS), **each} for each in description[kind]]
                for kind in _KINDS
                if kind in description
            },
            "CreationTime": milliseconds(config.created),
            "Tags": dict(self._account.tags[config.arn]),
        }
        self._account.emit("aws.sagemaker", _EVENT, detail, [config.arn])


def _refuse(given: Params, unsupported: tuple[str, ...], of: str) -> None:
    for name in unsupported:
        if name in given:
            raise NotSupportedByTwin(f"{name} of {of}")


def _check_frequency(metrics: Params) -> None:
    frequency = metrics.get("MetricPublishFrequencyInSeconds", 60)
    if frequency not in _FREQUENCIES:
        raise refused(f"MetricPublishFrequencyInSeconds {frequency} is not in {_FREQUENCIES}.")


def _name(summary: Mapping[str, Any]) -> str:
    return str(summary["EndpointConfigName"])
