"""The state of an endpoint, as the API describes it and as its events do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from twin.core.account import Account, Answer, milliseconds
from twin.sagemaker.containers import Fleet
from twin.sagemaker.endpoint_configs import ConfigVariant, EndpointConfig

Status = Literal[
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "InService",
    "Deleting",
    "Failed",
    "UpdateRollbackFailed",
]
# AWS: events have the status in upper snake case (facts 1.3).
_IN_EVENT: dict[Status, str] = {
    "Creating": "CREATING",
    "Updating": "UPDATING",
    "SystemUpdating": "SYSTEM_UPDATING",
    "RollingBack": "ROLLING_BACK",
    "InService": "IN_SERVICE",
    "Deleting": "DELETING",
    "Failed": "FAILED",
    "UpdateRollbackFailed": "UPDATE_ROLLBACK_FAILED",
}
_EVENT = "SageMaker Endpoint State Change"
_KINDS = ("ProductionVariants", "ShadowProductionVariants")


@dataclass
class Variant:
    """A production or shadow variant of an endpoint, with the endpoint's own weights and counts.

    It has one fleet. After a failed rollback it has two, of different configurations.
    """

    config: ConfigVariant
    fleets: list[Fleet]
    desired_weight: float
    desired_count: int
    current_weight: float
    current_count: int

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def is_shadow(self) -> bool:
        return self.config.is_shadow

    def settle(self) -> None:
        """Make the desired values the current ones."""
        self.current_weight = self.desired_weight
        self.current_count = self.desired_count
        for fleet in self.fleets:
            fleet.scale(self.current_count)

    def unsettle(self) -> None:
        """Give up the desired values."""
        self.desired_weight = self.current_weight
        self.desired_count = self.current_count

    def describe(self) -> Answer:
        return {
            "VariantName": self.name,
            "DeployedImages": self.fleets[0].deployed_images,
            "CurrentWeight": self.current_weight,
            "DesiredWeight": self.desired_weight,
            "CurrentInstanceCount": self.current_count,
            "DesiredInstanceCount": self.desired_count,
        }


@dataclass
class Deployment:
    """An update in progress, with its configuration and variants.

    `before` is the status to which the endpoint returns if the update fails.
    """

    config: EndpointConfig
    variants: dict[str, Variant]
    started: datetime
    before: Status

    @property
    def fleets(self) -> list[Fleet]:
        return list(_fleets(self.variants.values()))

    def describe(self) -> Answer:
        return {
            "EndpointConfigName": self.config.name,
            "StartTime": self.started,
            **_by_kind(self.variants, self._describe_variant),
        }

    def _describe_variant(self, variant: Variant) -> Answer:
        return {
            **variant.describe(),
            "InstanceType": variant.config.instance_type,
            "VariantStatus": [{"Status": "Creating", "StartTime": self.started}],
        }


@dataclass
class Endpoint:
    """One endpoint. `config` is the configuration that it serves or is created with.

    `variants` has the shadow too, if there is one.
    """

    name: str
    arn: str
    config: EndpointConfig
    variants: dict[str, Variant]
    created: datetime
    modified: datetime
    status: Status = "Creating"
    failure_reason: str | None = None
    pending: Deployment | None = None

    @property
    def serves(self) -> bool:
        """Whether it answers requests, from the first InService until its deletion."""
        return self.status not in {"Creating", "Failed", "Deleting"}

    @property
    def production(self) -> list[Variant]:
        """The variants that answer callers."""
        return [variant for variant in self.variants.values() if not variant.is_shadow]

    @property
    def shadow(self) -> Variant | None:
        """The variant that gets copies of requests. Its answers reach no caller."""
        return next((each for each in self.variants.values() if each.is_shadow), None)

    @property
    def fleets(self) -> list[Fleet]:
        return list(_fleets(self.variants.values()))

    def describe(self) -> Answer:
        """AWS: during an update the old configuration is shown (facts 1.4)."""
        answer: Answer = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config.name,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.status not in {"Creating", "Failed"}:
            answer |= _by_kind(self.variants, Variant.describe)
        if self.failure_reason:
            answer["FailureReason"] = self.failure_reason
        if self.pending:
            answer["PendingDeploymentSummary"] = self.pending.describe()
        if self.config.capture:
            answer["DataCaptureConfig"] = self.config.capture.describe()
        return answer

    def announce(self, account: Account) -> None:
        """Publish the event of the present status."""
        described = self.describe()
        variants = described.get("ProductionVariants", [])
        detail = {
            **{key: described[key] for key in ("EndpointName", "EndpointArn")},
            "EndpointConfigName": self.config.name,
            "ProductionVariants": [_variant_in_event(variant) for variant in variants],
            "EndpointStatus": _IN_EVENT[self.status],
            "CreationTime": milliseconds(self.created),
            "LastModifiedTime": milliseconds(self.modified),
            "Tags": dict(account.tags.get(self.arn, {})),
        }
        if self.failure_reason:
            detail["FailureReason"] = self.failure_reason
        account.emit("aws.sagemaker", _EVENT, detail, [self.arn])


def _by_kind(
    variants: Mapping[str, Variant], describe: Callable[[Variant], Answer]
) -> dict[str, list[Answer]]:
    """Describe production and shadow variants apart. Without a shadow, its list is absent."""
    described: dict[str, list[Answer]] = {}
    for variant in variants.values():
        described.setdefault(_KINDS[variant.is_shadow], []).append(describe(variant))
    return described


def _fleets(variants: Iterable[Variant]) -> Iterator[Fleet]:
    for variant in variants:
        yield from variant.fleets


def _variant_in_event(variant: Answer) -> Answer:
    """AWS: numbers are floats in endpoint events (facts 1.3)."""
    images = ("DeployedImages",)
    return {
        key: value if key == "VariantName" else float(value)
        for key, value in variant.items()
        if key not in images
    }
