"""Ports of the survey of the account's endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.gate import Gate
    from penstock.domain.usage import Use


class Listed(NamedTuple):
    """An endpoint as it is listed. `modified` is in ms. `settled` means that no update is in
    progress.
    """

    name: str
    modified: int
    settled: bool


class Account(Protocol):
    """Every endpoint of the account and region, whoever created it. Nothing here changes them."""

    def listed(self) -> list[Listed]:
        """Every endpoint."""
        ...

    def configs_of(self, endpoint: str) -> frozenset[str]:
        """Names of its current and pending configurations. Empty if the endpoint is gone."""
        ...

    def models_of(self, config: str) -> frozenset[str] | None:
        """Names of the models of a configuration. None if the configuration is gone."""
        ...


class Sightings(Protocol):
    """What the ledger remembers of endpoints, so that each is described once per modification."""

    def seen(self) -> Mapping[str, Use]:
        """What was seen, by endpoint. It may lag by seconds."""
        ...

    def saw(self, uses: Mapping[str, Use]) -> None:
        """Store what was just seen. Some of it may be lost and is then described again."""
        ...

    def whole_gates(self) -> list[Gate]:
        """Every gate, whole; each is read consistently.

        Raises:
            Damaged: one of them cannot be read, so nobody knows what it speaks of.
        """
        ...
