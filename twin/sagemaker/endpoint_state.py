"""The state of an endpoint, as the API describes it and as its events do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

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
_STEP_EVENT = "SageMaker Endpoint Deployment State Change"


@dataclass
class Variant:
    """A production or shadow variant of an endpoint, with the endpoint's own weights and counts.

    It has one fleet. During a guarded deployment and after a failed rollback it has two, of
    different configurations.
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


Step = Literal["Creating", "Updating", "ActivatingTraffic", "Baking", "Deleting"]


class Shown(NamedTuple):
    """The step that an update shows in VariantStatus, with a message per variant."""

    step: Step
    messages: Mapping[str, str]
    since: datetime

    def describe(self, variant: str) -> Answer:
        message = self.messages.get(variant)
        text = {"StatusMessage": message} if message else {}
        return {"Status": self.step, **text, "StartTime": self.since}


@dataclass
class Deployment:
    """An update in progress, with its configuration and variants.

    `before` is the status to which the endpoint returns if the update fails. `shown` is set once
    a guarded deployment has begun its steps.
    """

    config: EndpointConfig
    variants: dict[str, Variant]
    started: datetime
    before: Status
    shown: Shown | None = None

    @property
    def fleets(self) -> list[Fleet]:
        return list(_fleets(self.variants.values()))

    def describe(self) -> Answer:
        shown = self.shown or Shown("Creating", {}, self.started)
        return {
            "EndpointConfigName": self.config.name,
            "StartTime": self.started,
            **_by_kind(self.variants, lambda variant: self._describe_variant(variant, shown)),
        }

    def _describe_variant(self, variant: Variant, shown: Shown) -> Answer:
        return {
            **variant.describe(),
            "InstanceType": variant.config.instance_type,
            "VariantStatus": [shown.describe(variant.name)],
        }


@dataclass
class Endpoint:
    """One endpoint. `config` is the configuration that it serves or is created with.

    `variants` has the shadow too, if there is one. `guardrails` is the last DeploymentConfig that
    it was given.
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
    guardrails: Answer | None = None

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
        if self.guardrails:
            answer["LastDeploymentConfig"] = deepcopy(self.guardrails)
        if self.config.capture:
            answer["DataCaptureConfig"] = self.config.capture.describe()
        return answer

    def announce(self, account: Account) -> None:
        """Publish the event of the present status."""
        reason = {"FailureReason": self.failure_reason} if self.failure_reason else {}
        detail = {**self._detail(account), **reason}
        account.emit("aws.sagemaker", _EVENT, detail, [self.arn])

    def announce_step(self, account: Account) -> None:
        """Publish the event of a step of the pending deployment (facts 1.4)."""
        pending = self.pending.describe() if self.pending else {}
        shown = {kind: pending[kind] for kind in _KINDS if kind in pending}
        variants = {kind: [_variant_in_event(each) for each in shown[kind]] for kind in shown}
        summary = {**pending, **variants}
        summary["StartTime"] = milliseconds(pending["StartTime"])
        detail = {**self._detail(account), "PendingDeploymentSummary": summary}
        account.emit("aws.sagemaker", _STEP_EVENT, detail, [self.arn])

    def _detail(self, account: Account) -> Answer:
        described = self.describe()
        variants = described.get("ProductionVariants", [])
        return {
            **{key: described[key] for key in ("EndpointName", "EndpointArn")},
            "EndpointConfigName": self.config.name,
            "ProductionVariants": [_variant_in_event(variant) for variant in variants],
            "EndpointStatus": _IN_EVENT[self.status],
            "CreationTime": milliseconds(self.created),
            "LastModifiedTime": milliseconds(self.modified),
            "Tags": dict(account.tags.get(self.arn, {})),
        }


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
    unshown = ("DeployedImages", "InstanceType", "VariantStatus")
    shown: Answer = {
        key: value if key == "VariantName" else float(value)
        for key, value in variant.items()
        if key not in unshown
    }
    for status in variant.get("VariantStatus", ()):
        at = {"StartTime": milliseconds(status["StartTime"])}
        shown["VariantStatus"] = [{**status, **at}]
    return shown
