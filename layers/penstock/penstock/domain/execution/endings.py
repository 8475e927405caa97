"""How executions end: status, error name and the document that says why."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

EndingName = Literal[
    "promoted",
    "restored",
    "planned",
    "nothing_to_do",
    "rolled_back",
    "refused",
    "superseded",
    "needs_a_person",
]
ERRORS: dict[EndingName, str] = {
    "rolled_back": "RolledBack",
    "refused": "Refused",
    "superseded": "Superseded",
    "needs_a_person": "NeedsAttention",
}
"""Endings that fail the execution, with the error it fails with."""
GAVE_UP = (
    "a step failed before anything was changed; the log of the execution's last function says why",
    "a step kept failing; the reconciler takes the release over",
)
"""Reasons of the endings that the state machine itself knows: no task lived to tell another."""


class Ending(BaseModel):
    """The output of an execution that succeeded, or the cause of one that failed."""

    model_config = ConfigDict(frozen=True)

    release_id: str | None = None
    endpoint: str | None = None
    ending: EndingName
    reason: str
    live_model_package_arn: str | None = None
    previous_model_package_arn: str | None = None
    tidy: Literal["done", "pending"] = "done"
    plan: dict[str, object] | None = None
    """Only where the ending is `planned`: what would be done."""

    @model_serializer(mode="wrap")
    def _without_empty_plan(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        document: dict[str, object] = serialize(self)
        if document.get("plan") is None:
            document.pop("plan", None)
        return document


class Failure(BaseModel):
    """What a Fail state takes: both parts are text."""

    model_config = ConfigDict(frozen=True)

    error: str
    cause: str


def gave_up(cause: str) -> bool:
    """Whether an execution failed because a task kept failing, and so nobody told of its end."""
    return any(reason in cause for reason in GAVE_UP)


def says_an_ending(cause: str) -> bool:
    """Whether the cause of a failed execution is the ending that a task wrote (`failure`)."""
    if gave_up(cause):
        return False
    try:
        document = json.loads(cause)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("ending") in ERRORS


def failure(ending: Ending) -> Failure | None:
    """The failure that an ending is; None for a success."""
    if ending.ending not in ERRORS:
        return None
    return Failure(
        error=ERRORS[ending.ending],
        cause=ending.model_dump_json(),
    )
