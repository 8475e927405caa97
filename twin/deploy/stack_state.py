"""What a stack consists of between two deployments, and what one deployment did to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from twin.deploy.resources import Created

Policy = Literal["Delete", "Retain", "RetainExceptOnCreate"]
Done = Literal["created", "updated", "replaced"]


@dataclass(frozen=True)
class Present:
    """A resource as it is; `generation` counts the deployments before the one that made it."""

    logical_id: str
    kind: str
    properties: Mapping[str, Any]
    created: Created
    generation: int
    on_deletion: Policy


class Step(NamedTuple):
    """What a deployment did to one resource, so that it can be taken back."""

    done: Done
    before: Present | None
    after: Present
