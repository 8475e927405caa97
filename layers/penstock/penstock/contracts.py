"""What comes in from outside: strict where the shape is ours, tolerant where it is AWS's."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from penstock.domain.execution.run import Run
from penstock.domain.moments import parse_moment


class ExecutionStart(BaseModel):
    """What the state machine's first state passes on; the input itself is read by Resolve."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Any
    execution: str = Field(pattern="^arn:[ -~]+$")
    execution_started_at: datetime

    @property
    def started_at(self) -> int:
        """Milliseconds since 1970."""
        return round(self.execution_started_at.timestamp() * 1000)


class WatchStart(BaseModel):
    """A wait: the document and the token that ends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: Run
    token: str = Field(min_length=1)


class _AlarmState(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    value: str
    timestamp: str

    @field_validator("timestamp")
    @classmethod
    def _is_a_moment(cls, text: str) -> str:
        parse_moment(text)
        return text


class _AlarmDetail(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    alarm_name: str = Field(alias="alarmName", min_length=1)
    state: _AlarmState


class AlarmChanged(BaseModel):
    """CloudWatch Alarm State Change (facts 1.8)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    account: str | None = None
    source: Literal["aws.cloudwatch"]
    detail_type: Literal["CloudWatch Alarm State Change"] = Field(alias="detail-type")
    detail: _AlarmDetail

    @property
    def fires(self) -> bool:
        """Whether it tells of an alarm, and not of its end."""
        return self.detail.state.value == "ALARM"

    @property
    def at(self) -> int:
        """When the state changed, in ms."""
        return parse_moment(self.detail.state.timestamp)


class _EndedDetail(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    execution_arn: str = Field(alias="executionArn", min_length=1)


class ExecutionEnded(BaseModel):
    """Step Functions Execution Status Change (facts 1.9)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: Literal["aws.states"]
    detail_type: Literal["Step Functions Execution Status Change"] = Field(alias="detail-type")
    detail: _EndedDetail


class SweepDue(BaseModel):
    """The schedule's event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: Literal["aws.events", "aws.scheduler"]
    detail_type: Literal["Scheduled Event"] = Field(alias="detail-type")
