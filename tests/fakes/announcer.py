"""Announcements that are only remembered."""

from penstock.domain.execution.announcements import Announcement


class FakeAnnouncer:
    """Announcer; `said` has the detail types' models, in order."""

    def __init__(self) -> None:
        self.said: list[Announcement] = []

    def announce(self, announcement: Announcement) -> bool:
        self.said.append(announcement)
        return True

    @property
    def types(self) -> list[str]:
        return [announcement.detail_type for announcement in self.said]

    @property
    def for_people(self) -> list[str]:
        return [a.text() for a in self.said if a.for_people]
