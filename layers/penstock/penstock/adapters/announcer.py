"""Announcements: to the default event bus, and to people through SNS."""

from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import Unavailable
from penstock.domain.execution.announcements import Announcement
from penstock.domain.wording import one_line

SOURCE = "penstock"


class BusAnnouncer:
    """Announcer, through boto3 clients of EventBridge and SNS."""

    def __init__(self, events: Any, sns: Any, topic_arn: str) -> None:
        self._events = events
        self._sns = sns
        self._topic_arn = topic_arn

    def announce(self, announcement: Announcement) -> bool:
        """Publish on the bus, then on the topic.

        Raises:
            Unavailable: One of them failed. The next try publishes on both again.
        """
        self._tell_bus(announcement)
        if announcement.for_people:
            self._tell_people(announcement)
        return True

    def _tell_bus(self, announcement: Announcement) -> None:
        arn = announcement.model_package_arn
        entry = {
            "Source": SOURCE,
            "DetailType": announcement.detail_type,
            "Detail": announcement.model_dump_json(),
            "Resources": [arn] if arn else [],
        }
        with translated():
            answer = self._events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:  # a refused entry is no error of the call (facts 1.1)
            failed = answer["Entries"][0]
            said = one_line(failed.get("ErrorMessage") or "it gave no reason")
            raise Unavailable(f"AWS refused PutEvents: {said} ({failed['ErrorCode']})")

    def _tell_people(self, announcement: Announcement) -> None:
        with translated():
            self._sns.publish(
                TopicArn=self._topic_arn,
                Subject=announcement.subject(),
                Message=announcement.text(),
            )
