"""An endpoint as SageMaker shows it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.domain.content import Content

IN_SERVICE = "InService"
BEYOND_UPDATES = frozenset({"Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"})
"""From these an endpoint does not come back by waiting (facts 3.2)."""


class EndpointView(BaseModel):
    """One look: status, content, instances wanted and image served per variant."""

    model_config = ConfigDict(frozen=True)

    status: str
    content: Content
    counts: dict[str, int] = {}
    images: dict[str, str] = {}
    failure: str | None = None

    @property
    def in_service(self) -> bool:
        """Whether SageMaker takes changes now."""
        return self.status == IN_SERVICE


class LiveSetup(BaseModel):
    """What a new configuration starts from: the live one, and the model it names.

    Both are the answers of DescribeEndpointConfig and DescribeModel, so nothing that a person set
    up there is lost; `counts` are the instances wanted now.
    """

    model_config = ConfigDict(frozen=True)

    config: dict[str, Any]
    model: dict[str, Any]
    counts: dict[str, int]
    scaled: bool = False
    cloudformation_stack: str | None = None
