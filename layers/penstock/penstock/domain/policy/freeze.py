"""A freeze: for how long, and for which endpoints, nothing goes forward."""

from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints, ValidationError, field_validator

from penstock.domain.errors import PenstockError, Refused
from penstock.domain.moments import parse_moment
from penstock.domain.policy.complaints import complaints
from penstock.domain.policy.json_text import check_plain, strict_json
from penstock.domain.policy.section import Section

Pattern = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9*-]{1,63}$")]


class Freeze(Section):
    """The document that people store to freeze releases. Deleting it ends the freeze."""

    reason: str = Field(
        max_length=500, description="Why nothing goes forward. People read it in every refusal."
    )
    until: str | None = Field(
        default=None,
        description="When it ends by itself, as an ISO-8601 time with a zone. null: when deleted.",
    )
    endpoints: tuple[Pattern, ...] | None = Field(
        default=None,
        min_length=1,
        description="Names of the endpoints that it is about, with `*`. null: all of them.",
    )

    @field_validator("reason")
    @classmethod
    def _says_something(cls, reason: str) -> str:
        if not reason.strip():
            raise ValueError("must say why nothing goes forward")
        return reason

    @field_validator("until")
    @classmethod
    def _has_a_zone(cls, until: str | None) -> str | None:
        if until is not None:
            try:
                parse_moment(until)
            except ValueError as error:
                raise ValueError(
                    "must be a time with a zone, such as 2026-12-27T00:00:00Z or "
                    f'2026-12-27T01:00:00+01:00, not "{until[:60]}"'
                ) from error
        return until

    @property
    def ends_at(self) -> int | None:
        """When it ends by itself, in ms. None if somebody has to delete it."""
        return None if self.until is None else parse_moment(self.until)

    def holds(self, endpoint: str, now: int) -> bool:
        """Whether it holds the endpoint of this name back at `now` (ms). Case does not matter."""
        ends_at, name = self.ends_at, endpoint.lower()
        if ends_at is not None and now >= ends_at:
            return False
        patterns = self.endpoints
        return patterns is None or any(fnmatchcase(name, p.lower()) for p in patterns)

    @property
    def says(self) -> str:
        """Why something is held back, as one sentence."""
        ends = f" (until {self.until})" if self.until else ""
        return f"frozen: {self.reason}{ends}"


class HeldBack(NamedTuple):
    """Why nothing goes forward, and when (ms) that ends by itself.

    `error` is why the freeze could not be read. Nothing goes forward then either.
    """

    reason: str
    until: int | None = None
    error: PenstockError | None = None


def unreadable(error: PenstockError) -> HeldBack:
    """What follows from a freeze that cannot be read: it may hold."""
    reason = f"frozen: nothing goes forward while the freeze cannot be read: {error}"
    return HeldBack(reason, error=error)


def parse_freeze(text: str, name: str) -> Freeze:
    """Parse a freeze.

    Args:
        text: The document, as somebody stored it.
        name: Name of the SSM parameter, for the refusal.

    Raises:
        Refused: It is no freeze. The sentence says what is wrong with it.
    """
    try:
        document = strict_json(text)
        check_plain(document)
    except ValueError as error:
        raise Refused(f"the SSM parameter {name} is not a JSON document: {error}") from error
    try:
        return Freeze.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise Refused(
            f"the SSM parameter {name} is not a freeze: {complaints(error, Freeze)}"
        ) from error
