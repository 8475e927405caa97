"""Base of the policy's sections."""

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticKnownError

WEEK = 7 * 24 * 60  # minutes


class Section(BaseModel):
    """One JSON object of the policy: immutable, without unknown keys and NaN.

    A policy that people wrote is also parsed with `strict` ("2" is not 2). A policy inside an
    execution's document is read back as it is.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", allow_inf_nan=False)


def by_default(section: type[Section]) -> Callable[[dict[str, Any]], None]:
    """What the JSON Schema says of a default that a factory makes: then the section waits, too."""

    def described(schema: dict[str, Any]) -> None:
        schema["default"] = section().model_dump(mode="json")

    return described


def one_of(table: Iterable[str]) -> Callable[[str], str]:
    """A validator of names that stand in a table; it complains as of a Literal."""

    def known(name: str) -> str:
        names = [f"'{each}'" for each in table]
        if f"'{name}'" in names:
            return name
        expected = f"{', '.join(names[:-1])} or {names[-1]}"
        raise PydanticKnownError("literal_error", {"expected": expected})

    return known
