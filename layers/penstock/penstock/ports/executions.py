"""Executions of the release state machine, and reviews that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.ledger.place import Key


class Executions(Protocol):
    """Executions of the release state machine."""

    def running(self, arn: str) -> bool:
        """Whether the execution runs. An unknown one does not."""
        ...

    def died(self, name: str) -> bool:
        """Whether the execution of this name failed without writing an ending."""
        ...

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        """Start an execution. A name that was already used starts nothing."""
        ...

    def wake(self, token: str) -> None:
        """End a wait early. A stale token is fine."""
        ...

    def cause(self, arn: str) -> str:
        """The cause of a failed execution. Empty if it did not fail, gave no cause or is
        unknown.
        """
        ...


class Reconciling(Protocol):
    """Whoever reconciles, asked to do so later and once for each request, or twice."""

    def place(self, key: Key) -> None:
        """Request a separate invocation that reconciles one place."""
        ...

    def group(self, group: str) -> None:
        """Request a separate invocation that reconciles one model package group."""
        ...


class Reviewing(Protocol):
    """Requests reviews of packages. The review itself decides whether one is needed."""

    def ask(self, arn: str) -> None:
        """Request a review and do not wait for it."""
        ...

    def review(self, arn: str) -> None:
        """Request a review and wait for it.

        Raises:
            Unavailable: It was not reviewed, or nobody knows.
        """
        ...
