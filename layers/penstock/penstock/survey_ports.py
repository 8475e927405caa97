"""What a survey of the account's endpoints needs of the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.gate import Gate
    from penstock.domain.usage import Use


class Listed(NamedTuple):
    """An endpoint as it is listed. `modified` is in ms; `settled`: nothing is under way."""

    name: str
    modified: int
    settled: bool


class Account(Protocol):
    """Every endpoint of the account and region, whoever made it; nothing is changed by asking."""

    def listed(self) -> list[Listed]:
        """Every endpoint."""
        ...

    def configs_of(self, endpoint: str) -> frozenset[str]:
        """Its current and pending configurations; none when the endpoint is gone."""
        ...

    def models_of(self, config: str) -> frozenset[str] | None:
        """Models that a configuration names; None when the configuration is gone."""
        ...


class Sightings(Protocol):
    """What the ledger keeps of endpoints, so that each is described once after it was modified."""

    def seen(self) -> Mapping[str, Use]:
        """What was seen, by endpoint; may lag by seconds."""
        ...

    def saw(self, uses: Mapping[str, Use]) -> None:
        """Keep what was just seen; some of it may be lost, and is then looked up again."""
        ...

    def whole_gates(self) -> list[Gate]:
        """Every gate, whole; each is read consistently.

        Raises:
            Damaged: one of them cannot be read, so nobody knows what it speaks of.
        """
        ...
