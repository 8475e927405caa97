"""Asking golden requests: what a plan keeps of them, and how far an execution has come."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.wording import one_line

if TYPE_CHECKING:  # every document has this module, and only two functions read the file
    from penstock.domain.golden.golden_file import GoldenRequest

MOST_SHOWN = 200
"""Characters of an answer, and of what was expected, in a reason."""
TRIES = 3
PAUSES = (10, 30)
"""Seconds before the second and the third try of a request without an answer."""


class Golden(BaseModel):
    """The golden requests of a plan."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    s3_uri: str = Field(description="The file that they were read from.")
    sha256: str = Field(description="SHA-256 of the bytes that were read, in hex; it finds them.")
    requests: int = Field(description="How many there are.")
    at_least: float = Field(description="The share of them that has to pass.")
    timeout_seconds: int = Field(description="How long an answer is waited for, in seconds.")

    @property
    def needed(self) -> int:
        """How many have to pass. It is computed in decimals."""
        return math.ceil(Decimal(repr(self.at_least)) * self.requests)

    @property
    def allowed(self) -> int:
        """How many may miss."""
        return self.requests - self.needed

    @property
    def most_tasks(self) -> int:
        """Most tasks that it takes to ask them once: each try may end a task."""
        return TRIES * self.requests


class Miss(BaseModel):
    """A request that did not pass."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    request: str = Field(description="The request's name, or its line.")
    expected: str = Field(description="What was expected, cut.")
    answer: str = Field(description="The answer, or why there is none, cut.")


def missed(line: int, request: GoldenRequest, answer: str) -> Miss:
    """The miss of a request: its name or line, what was expected, and the answer's beginning."""
    expected = "an answer with status 2xx" if request.expect is None else request.expect
    return Miss(
        request=one_line(request.name) if request.name else f"line {line}",
        expected=_shown(expected),
        answer=_shown(answer),
    )


def _shown(text: str) -> str:
    return one_line(text[:MOST_SHOWN], MOST_SHOWN)


class Asking(BaseModel):
    """How far an execution has come with the golden requests of its stage."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    at: int = Field(default=0, ge=0, description="Index of the next request.")
    tries: int = Field(default=0, ge=0, lt=TRIES, description="Tries of it that got no answer.")
    misses: int = Field(default=0, ge=0, description="How many requests did not pass.")
    first: Miss | None = Field(default=None, description="The first miss.")
    passed: bool = Field(default=False, description="Whether enough of them passed.")

    def undecided(self, golden: Golden) -> bool:
        """Whether there are requests left, and enough of them may still pass."""
        return self.at < golden.requests and self.misses <= golden.allowed

    def again(self) -> Asking:
        """After a try that got no answer."""
        return self.model_copy(update={"tries": self.tries + 1})

    def asked(self, miss: Miss | None) -> Asking:
        """After a request, which may have missed."""
        return self.model_copy(
            update={
                "at": self.at + 1,
                "tries": 0,
                "misses": self.misses + (miss is not None),
                "first": self.first or miss,
            }
        )

    def ended(self) -> Asking:
        """After enough of them passed."""
        return self.model_copy(update={"passed": True})

    def reason(self, golden: Golden) -> str:
        """Why the release rolls back: the share, and the first miss."""
        share = (
            f"{self.at - self.misses} of {self.at} golden requests asked so far have passed, and "
            f"{golden.needed} of {golden.requests} have to"
        )
        if self.first is None:
            return share
        request, expected, answer = self.first.request, self.first.expected, self.first.answer
        return f'{share}; the first miss is {request}: expected "{expected}", got "{answer}"'
