"""The resources of a stack between two deployments, and the steps of one deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from twin.deploy.resources import Created

Policy = Literal["Delete", "Retain", "RetainExceptOnCreate"]
Done = Literal["created", "updated", "replaced"]


@dataclass(frozen=True)
class Present:
    """An existing resource. `generation` counts the deployments before the one that created it."""

    logical_id: str
    kind: str
    properties: Mapping[str, Any]
    created: Created
    generation: int
    on_deletion: Policy


class Step(NamedTuple):
    """One deployment's change of one resource, with the data to undo it."""

    done: Done
    before: Present | None
    after: Present
