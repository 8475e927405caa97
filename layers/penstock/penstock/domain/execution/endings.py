"""How executions end: status, error name and the document that says why."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

EndingName = Literal[
    "promoted",
    "restored",
    "planned",
    "nothing_to_do",
    "observed",
    "answered",
    "rolled_back",
    "refused",
    "superseded",
    "needs_a_person",
]
ERROR_OF_ENDING: dict[EndingName, str] = {
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
"""Reasons of the endings that the state machine itself writes, when no task survived to write
one.
"""


class Ending(BaseModel):
    """The output of an execution that succeeded, or the cause of one that failed."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    release_id: str | None = Field(
        default=None, description="The release. None where there is none."
    )
    endpoint: str | None = Field(default=None, description="Name of the endpoint.")
    ending: EndingName = Field(description="How the execution ended.")
    reason: str = Field(description="Why, as a sentence.")
    live_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that serves now."
    )
    previous_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that served before."
    )
    tidy: Literal["done", "pending"] = Field(
        default="done", description="Whether the previous configuration is back too."
    )
    plan: dict[str, object] | None = Field(
        default=None, description="What would be done. Only where the ending is `planned`."
    )

    @model_serializer(mode="wrap")
    def _without_empty_plan(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        document: dict[str, object] = serialize(self)
        if document.get("plan") is None:
            document.pop("plan", None)
        return document


class Failure(BaseModel):
    """What a Fail state takes."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    error: str = Field(description="Name of the error.")
    cause: str = Field(description="The ending, as a JSON text.")


def gave_up(cause: str) -> bool:
    """Whether an execution failed because a task kept failing. Then nobody has published its
    ending.
    """
    return any(reason in cause for reason in GAVE_UP)


def says_an_ending(cause: str) -> bool:
    """Whether the cause of a failed execution is the ending that a task wrote (`failure`)."""
    if gave_up(cause):
        return False
    try:
        document = json.loads(cause)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("ending") in ERROR_OF_ENDING


def failure(ending: Ending) -> Failure | None:
    """The failure that an ending is; None for a success."""
    if ending.ending not in ERROR_OF_ENDING:
        return None
    return Failure(
        error=ERROR_OF_ENDING[ending.ending],
        cause=ending.model_dump_json(),
    )
