"""The time, and how much of it an instance has left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

TimeLeft = Callable[[], int]
"""Milliseconds until this instance is killed."""


class Clock(Protocol):
    """The time."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        ...
