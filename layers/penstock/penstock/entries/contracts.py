"""Shapes of incoming events and documents: strict where they are ours, tolerant where they are
AWS's.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from penstock.domain.ledger.place import Key
from penstock.domain.moments import parse_moment


class _AlarmState(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    value: str = Field(description="OK, ALARM or INSUFFICIENT_DATA.")
    timestamp: str = Field(description="When the state changed, as an ISO-8601 string.")

    @field_validator("timestamp")
    @classmethod
    def _is_a_moment(cls, text: str) -> str:
        parse_moment(text)
        return text


class _AlarmDetail(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    alarm_name: str = Field(alias="alarmName", min_length=1, description="Name of the alarm.")
    state: _AlarmState = Field(description="Its new state.")


class AlarmChanged(BaseModel):
    """CloudWatch Alarm State Change (facts 1.8)."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    account: str | None = Field(
        default=None, description="Account of the event. Absent in events of our own."
    )
    source: Literal["aws.cloudwatch"] = Field(description="Always CloudWatch.")
    detail_type: Literal["CloudWatch Alarm State Change"] = Field(
        alias="detail-type", description="The event's type."
    )
    detail: _AlarmDetail = Field(description="The alarm and its new state.")

    @property
    def fires(self) -> bool:
        """Whether the alarm entered ALARM."""
        return self.detail.state.value == "ALARM"

    @property
    def at(self) -> int:
        """When the state changed, in ms."""
        return parse_moment(self.detail.state.timestamp)


class _EndedDetail(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    execution_arn: str = Field(
        alias="executionArn", min_length=1, description="ARN of the execution."
    )


class ExecutionEnded(BaseModel):
    """Step Functions Execution Status Change (facts 1.9)."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    source: Literal["aws.states"] = Field(description="Always Step Functions.")
    detail_type: Literal["Step Functions Execution Status Change"] = Field(
        alias="detail-type", description="The event's type."
    )
    detail: _EndedDetail = Field(description="The execution.")


class PlaceDue(BaseModel):
    """A place that is due for reconciliation."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    key: Key = Field(
        min_length=1, description="Key of the place. An edited one names none, which is told once."
    )


class GroupDue(BaseModel):
    """A model package group that is due for reconciliation."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    group: str = Field(min_length=1, description="Name of the group.")


class ReconcileDue(BaseModel):
    """What the sweep hands over: one place or one group."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    source: Literal["penstock"] = Field(description="Only the sweep sends it.")
    detail_type: Literal["Reconcile Due"] = Field(
        alias="detail-type", description="The event's type."
    )
    detail: PlaceDue | GroupDue = Field(description="What is to be reconciled.")


class SweepDue(BaseModel):
    """The schedule's event."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    source: Literal["aws.events", "aws.scheduler"] = Field(description="The scheduler.")
    detail_type: Literal["Scheduled Event"] = Field(
        alias="detail-type", description="The event's type."
    )
