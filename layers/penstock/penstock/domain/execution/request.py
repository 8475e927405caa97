"""The input of an execution: what somebody requests."""

import json
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    field_validator,
    model_validator,
)

from penstock.domain.errors import Refused
from penstock.domain.ledger.people import GateName
from penstock.domain.ledger.place import Key, Place, known_place
from penstock.domain.moments import LAST_MOMENT, parse_moment, read_moment
from penstock.domain.policy.json_text import check_plain

RequestAction = Literal["release", "rollback", "recover", "answer"]
_RELEASE_ID = r"^[0-9a-f]{10}$"
UNKNOWN = 0
"""As a moment of approval: the event gave none."""
_NOTHING = frozenset({"", "null", "[]", "{}"})
"""How the rule's template renders a time that an event lacks."""

_TAKES: dict[str, frozenset[str]] = {
    "release": frozenset(
        {
            "model_package_arn",
            "approved_at",
            "policy",
            "dry_run",
            "adopt",
            "fix_forward",
            "despite_quarantine",
            "irreversible",
            "during_freeze",
            "reason",
        }
    ),
    "rollback": frozenset({"endpoint", "to", "reason", "revoked"}),
    "recover": frozenset({"endpoint", "key", "reason"}),
    "answer": frozenset({"endpoint", "release_id", "gate", "approve", "by", "note"}),
}
_NEEDS: dict[str, tuple[str, ...]] = {
    "release": ("model_package_arn",),
    "rollback": ("endpoint",),
    "recover": ("endpoint",),
    "answer": ("endpoint", "release_id", "gate", "approve", "by"),
}


class Request(BaseModel):
    """A validated execution input."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    action: RequestAction = Field(description="What is requested.")
    model_package_arn: str | None = Field(
        default=None, description="The package to release. Required for a release."
    )
    approved_at: StrictInt | None = Field(
        default=None,
        ge=UNKNOWN,
        le=LAST_MOMENT,
        description=(
            "When the package was approved, in ms. Only events and the sweep give it; UNKNOWN "
            "where an event gave none."
        ),
    )
    endpoint: str | None = Field(
        default=None,
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$",
        description="Name of the endpoint. Required for all but a release.",
    )
    key: Key | None = Field(
        default=None,
        description="Key of the place. The sweep gives it where the endpoint is not the place.",
    )
    policy: dict[str, Any] | None = Field(
        default=None, description="Keys that override the stored policy in this execution."
    )
    dry_run: StrictBool = Field(default=False, description="Print the plan and change nothing.")
    adopt: StrictBool = Field(
        default=False, description="Accept what the endpoint shows as the known content."
    )
    fix_forward: StrictBool = Field(
        default=False, description="Release although an alarm of the policy is already firing."
    )
    despite_quarantine: StrictBool = Field(
        default=False,
        description=(
            "Release although an earlier package with the same artefact and image was rolled back "
            "by an alarm or a verdict."
        ),
    )
    irreversible: StrictBool = Field(
        default=False, description="Reserved. This version accepts it and ignores it."
    )
    during_freeze: StrictBool = Field(
        default=False, description="Release, and go forward, although a freeze holds."
    )
    to: str | None = Field(
        default=None,
        pattern=_RELEASE_ID,
        description="Release to go back to. Default: the one before the present one.",
    )
    revoked: str | None = Field(
        default=None,
        description=(
            "ARN of the package whose approval was revoked. Only the sweep gives it: the rollback "
            "then happens only while that package serves, and stops no release."
        ),
    )
    reason: str | None = Field(
        default=None, max_length=500, description="Why somebody requested it."
    )
    release_id: str | None = Field(
        default=None, pattern=_RELEASE_ID, description="The release that an answer is for."
    )
    gate: GateName | None = Field(default=None, description="Where that release waits.")
    approve: StrictBool | None = Field(
        default=None, description="Whether it may go on. One `false` rolls it back."
    )
    by: str | None = Field(
        default=None,
        pattern=r"\S",
        max_length=100,
        description="Who answers. Names that differ in case or space only are one person's.",
    )
    note: str | None = Field(default=None, max_length=500, description="What they want to note.")

    @field_validator("approved_at", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        """Strings come from the rule's template, which quotes any value of the event."""
        if not isinstance(value, str):
            return value
        if value.strip() in _NOTHING:
            return UNKNOWN
        moment = read_moment(value)
        return parse_moment(value) if moment is None else moment

    @model_validator(mode="after")
    def _complete(self) -> "Request":
        fields = type(self).model_fields
        given = {n for n in self.model_fields_set if getattr(self, n) != fields[n].default}
        if extra := sorted(given - _TAKES[self.action] - {"action"}):
            raise ValueError(f"{self.action} does not take {', '.join(extra)}")
        for needed in _NEEDS[self.action]:
            if getattr(self, needed) is None:
                raise ValueError(f"{self.action} needs {needed}")
        if self.key is not None and (not self._keyed or self._keyed.name != self.endpoint):
            raise ValueError(f"the key {self.key} is no place of the endpoint {self.endpoint}")
        return self

    @property
    def place(self) -> Place:
        """The place of a recovery or rollback: the endpoint itself, unless a key says otherwise."""
        return self._keyed or Place("endpoint", self.endpoint or "")

    @property
    def _keyed(self) -> Place | None:
        return known_place(self.key) if self.key is not None else None

    @property
    def automatic(self) -> bool:
        """Whether an approval's event or the sweep started it, and not a person."""
        return self.approved_at is not None


def parse_request(document: object) -> Request:
    """Validate an execution input.

    Args:
        document: The input, as parsed from JSON.

    Raises:
        Refused: A key or value is unknown, missing or malformed. The sentence names it.
    """
    try:
        check_plain(document)
    except ValueError as error:
        raise Refused(f"the input is not plain JSON: {error}") from error
    try:
        return Request.model_validate(document)
    except ValidationError as error:
        raise Refused(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])[:80] or "the input"
    given = json.dumps(first["input"], default=str)[:80]
    if first["type"] == "extra_forbidden":
        return f"the input has an unknown key {where}"
    return f"{where}: {first['msg'].removeprefix('Value error, ')} (given: {given})"
