"""Inputs of tasks beside the document, or before there is one."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.execution.run import Run


class ExecutionStart(BaseModel):
    """What the state machine's first state passes on. Resolve validates the input."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    input: Any = Field(description="The execution's input, as somebody gave it.")
    execution: str = Field(pattern="^arn:[ -~]+$", description="ARN of the execution.")
    execution_started_at: datetime = Field(description="When the execution started.")

    @property
    def started_at(self) -> int:
        """Milliseconds since 1970."""
        return round(self.execution_started_at.timestamp() * 1000)


class WatchStart(BaseModel):
    """A wait for a callback."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    run: Run = Field(description="The document.")
    token: str = Field(min_length=1, description="Task token that ends the wait.")
