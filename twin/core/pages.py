"""Pages of long answers. A token continues a page, and it works once."""

import uuid
from collections.abc import Sequence
from typing import Generic, TypeVar

from moto.core.exceptions import ServiceException

Item = TypeVar("Item")


class InvalidNextToken(ServiceException):
    """The token did not come from an earlier page."""

    code = "InvalidNextToken"


class Pages(Generic[Item]):
    """Stores the rest of each answer that was too long for one page."""

    def __init__(self) -> None:
        self._rest: dict[str, list[Item]] = {}

    def keep(self, rest: Sequence[Item]) -> str | None:
        """Store the rest and return a token for it. Return None if nothing is left."""
        if not rest:
            return None
        token = uuid.uuid4().hex
        self._rest[token] = list(rest)
        return token

    def take(self, token: str) -> list[Item]:
        """Return the rest that a token stands for."""
        if token not in self._rest:
            raise InvalidNextToken(f"The next token {token!r} is invalid")
        return self._rest.pop(token)

    def split(self, items: Sequence[Item], size: int) -> tuple[list[Item], str | None]:
        """Return one page of at most `size` items, and the token for the others."""
        return list(items[:size]), self.keep(items[size:])
