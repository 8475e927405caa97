"""What people control while releases run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.policy.freeze import Freeze


class Freezes(Protocol):
    """The freeze of the stack."""

    def freeze(self) -> Freeze | None:
        """The freeze as it is stored, also if it is over. None if there is none.

        Raises:
            Refused: It is stored and is no freeze. The sentence says what is wrong.
            Denied: The role may not read it.
            Unavailable: AWS did not answer.
        """
        ...
