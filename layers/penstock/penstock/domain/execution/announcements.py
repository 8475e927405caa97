"""What Penstock tells the world: one frozen model per event it puts on the default bus."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.opinion import SignalSeen
from penstock.domain.reviewing.bars import BarResult
from penstock.domain.reviewing.review import Decision

SUBJECT_LIMIT = 100  # SNS: ASCII, at most 100 characters, no line breaks


Tidy = Literal["done", "pending"]


class Announcement(BaseModel):
    """The detail of one event; `source` is always `penstock`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detail_type: ClassVar[str]
    always_for_people: ClassVar[bool] = False

    release_id: str | None = None
    endpoint: str | None = None
    model_package_arn: str | None = None
    reason: str = Field(min_length=1, description="One sentence a person understands.")

    @property
    def for_people(self) -> bool:
        """Whether the text also goes to the SNS topic."""
        return self.always_for_people

    def subject(self) -> str:
        """The subject of the message: printable ASCII, at most 100 characters."""
        about = self.endpoint or self.model_package_arn or "no endpoint"
        line = f"Penstock: {self.detail_type}: {about}"
        return "".join(c if " " <= c <= "~" else "?" for c in line)[:SUBJECT_LIMIT]

    def text(self) -> str:
        """The message: the reason first, then every field that has a value."""
        return "\n".join([self.reason, "", *self._lines()]).strip()

    def _lines(self) -> Iterator[str]:
        for name, value in self.model_dump(mode="json", exclude={"reason"}).items():
            label = name.replace("_", " ").capitalize()
            if isinstance(value, list) and value:
                yield f"{label}:"
                yield from (f"- {_item(item)}" for item in value)
            elif value not in (None, []):
                yield f"{label}: {value}"


def _item(item: object) -> str:
    """A bar's result is a sentence; of other objects every field is said."""
    if not isinstance(item, dict):
        return str(item)
    said = ", ".join(f"{key} {value}" for key, value in item.items())
    return str(item.get("sentence", said))


class EndpointAnnouncement(Announcement):
    """An event that is always about one known endpoint."""

    endpoint: str


class ModelPackageReviewed(EndpointAnnouncement):
    """A pending package was held against the bars of its policy."""

    detail_type = "Model Package Reviewed"

    model_package_arn: str
    group: str
    decision: Decision = Field(description="What Penstock did with the approval status.")
    mode: Literal["automatic", "manual"]
    passed: bool = Field(description="Whether every bar passed.")
    bars: tuple[BarResult, ...]
    policy_version: str
    evidence_uri: str

    @property
    def for_people(self) -> bool:
        """Only where a person has to decide."""
        return self.decision == "left_pending"


class ReleaseStarted(EndpointAnnouncement):
    """A release holds its endpoint and has a plan."""

    detail_type = "Release Started"

    strategy: str
    stages: tuple[str, ...] = Field(default=(), description="The plan, one line per stage.")
    previous_model_package_arn: str | None = None


class TrafficShifted(EndpointAnnouncement):
    """The candidate's share of requests changed; percent, 0 to 100."""

    detail_type = "Traffic Shifted"

    from_percent: float = Field(ge=0, le=100)
    to_percent: float = Field(ge=0, le=100)


class ReleaseJudged(EndpointAnnouncement):
    """The verdict on the candidate changed."""

    detail_type = "Release Judged"

    verdict: str
    previous_verdict: str | None = None
    percent: float = Field(ge=0, le=100, description="The candidate's share when judged.")
    log_e: float | None = Field(
        default=None, description="Natural logarithm of the evidence against the candidate."
    )
    threshold: float | None = Field(default=None, description="Evidence above it rolls back.")
    signals: tuple[SignalSeen, ...] = Field(
        default=(), description="What candidate and live showed so far; none without a candidate."
    )


class ReleasePromoted(EndpointAnnouncement):
    """The new package serves all requests; verified."""

    detail_type = "Release Promoted"
    always_for_people = True

    previous_model_package_arn: str | None = None


class ReleaseRolledBack(EndpointAnnouncement):
    """The candidate takes no traffic and the previous package serves; verified."""

    detail_type = "Release Rolled Back"
    always_for_people = True

    live_model_package_arn: str | None = None
    tidy: Tidy = "done"


class ReleaseRefused(Announcement):
    """Input, policy, package or endpoint is not releasable; nothing was changed."""

    detail_type = "Release Refused"
    always_for_people = True


class ReleaseSuperseded(EndpointAnnouncement):
    """A newer approval took over before this release was promoted."""

    detail_type = "Release Superseded"
    always_for_people = True

    newer_model_package_arn: str | None = None
    live_model_package_arn: str | None = None
    tidy: Tidy = "done"


class RollbackDone(EndpointAnnouncement):
    """A requested rollback, or a recovery, is done; the earlier package serves; verified."""

    detail_type = "Rollback Done"
    always_for_people = True

    live_model_package_arn: str | None = None
    previous_model_package_arn: str | None = Field(
        default=None, description="What served before the rollback."
    )
    tidy: Tidy = "done"


class EndpointDrifted(EndpointAnnouncement):
    """The endpoint is not as Penstock left it."""

    detail_type = "Endpoint Drifted"

    differences: tuple[str, ...] = ()


class AttentionNeeded(Announcement):
    """A person has to look."""

    detail_type = "Attention Needed"
    always_for_people = True

    advice: str | None = Field(default=None, description="What to do about it.")


EVERY: tuple[type[Announcement], ...] = (
    ModelPackageReviewed,
    ReleaseStarted,
    TrafficShifted,
    ReleaseJudged,
    ReleasePromoted,
    ReleaseRolledBack,
    ReleaseRefused,
    ReleaseSuperseded,
    RollbackDone,
    EndpointDrifted,
    AttentionNeeded,
)
