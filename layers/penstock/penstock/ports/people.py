"""How people and other programs hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.execution.announcements import Announcement


class Announcer(Protocol):
    """Publishes on the event bus and, where people need to know, on the topic."""

    def announce(self, announcement: Announcement) -> bool:
        """Publish at least once.

        Returns:
            Whether it is published.

        Raises:
            Unavailable, Denied, Missing, RefusedByAws: It is not published; the caller must know.
        """
        ...
