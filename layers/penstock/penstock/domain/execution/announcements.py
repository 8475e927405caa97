"""Published events: one frozen model per event on the default bus."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.assessment import SignalSeen

SUBJECT_LIMIT = 100  # SNS: ASCII, at most 100 characters, no line breaks


Tidy = Annotated[
    Literal["done", "pending"],
    Field(
        description=(
            "Whether the previous configuration is back too. `pending`: the sweep keeps trying."
        )
    ),
]
ServesNow = Annotated[str | None, Field(description="ARN of the package that serves now.")]


class Announcement(BaseModel):
    """The detail of one event. Its `source` is always `penstock`."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    detail_type: ClassVar[str]
    always_for_people: ClassVar[bool] = False

    release_id: str | None = Field(
        default=None,
        description=(
            "The release that the event is about: ten hex digits. null where there is none."
        ),
    )
    endpoint: str | None = Field(
        default=None,
        description="Name of the endpoint. null where the event is about no known endpoint.",
    )
    model_package_arn: str | None = Field(
        default=None, description="ARN of the model package version that the event is about."
    )
    reason: str = Field(min_length=1, description="One sentence that says why, for people.")

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
    """A bar's result as its sentence; any other object field by field."""
    if not isinstance(item, dict):
        return str(item)
    said = ", ".join(f"{key} {value}" for key, value in item.items() if value is not None)
    return str(item.get("sentence", said))


class EndpointAnnouncement(Announcement):
    """An event that is always about one known endpoint."""

    endpoint: str = Field(description="Name of the endpoint.")


class ReleaseStarted(EndpointAnnouncement):
    """A release holds its endpoint and has a plan."""

    detail_type = "Release Started"

    strategy: str = Field(description="The policy's `rollout.strategy`.")
    stages: tuple[str, ...] = Field(default=(), description="The plan, one line per stage.")
    previous_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that serves when the release starts."
    )


class TrafficShifted(EndpointAnnouncement):
    """The candidate's share of the requests changed, and the change is verified.

    While SageMaker shifts by itself (strategy guardrail) it is a share of the capacity.
    """

    detail_type = "Traffic Shifted"

    from_percent: float = Field(
        ge=0,
        le=100,
        description=(
            "The candidate's share before, in percent of the requests; of a guardrail, of the "
            "new fleet's capacity."
        ),
    )
    to_percent: float = Field(
        ge=0,
        le=100,
        description=(
            "The candidate's share now, in percent of the requests; of a guardrail, of the new "
            "fleet's capacity."
        ),
    )


class ReleaseJudged(EndpointAnnouncement):
    """The verdict on the candidate changed, or somebody sends it requests directly."""

    detail_type = "Release Judged"

    verdict: str = Field(
        description=(
            "What the judge decided: hold, move, advance, frozen, ask, observe or roll_back."
        )
    )
    previous_verdict: str | None = Field(
        default=None, description="The verdict before. null for the first one."
    )
    percent: float = Field(
        ge=0,
        le=100,
        description="The candidate's share when it was judged, in percent of the requests.",
    )
    log_e: float | None = Field(
        default=None,
        description=(
            "Natural logarithm of the evidence against the candidate. null without a comparison."
        ),
    )
    threshold: float | None = Field(
        default=None,
        description="Natural logarithm of the evidence above which the release rolls back.",
    )
    signals: tuple[SignalSeen, ...] = Field(
        default=(),
        description=(
            "What candidate and live have shown so far, per signal. Empty without a comparison."
        ),
    )
    direct_requests: int | None = Field(
        default=None,
        description=(
            "Requests beyond the candidate's share, once it is sure that somebody names the "
            "candidate in them (TargetVariant). They are not held against it. null: none."
        ),
    )


class AnswerSeen(BaseModel):
    """One person's answer to a release that waited."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    gate: str = Field(description="Where the release waited.")
    approve: bool = Field(description="Whether it could go on.")
    by: str = Field(description="Who answered.")
    note: str | None = Field(default=None, description="What they noted.")
    at: int = Field(description="When, in ms since 1970.")


class EndAnnouncement(EndpointAnnouncement):
    """The end of a release that had begun."""

    answers: tuple[AnswerSeen, ...] = Field(
        default=(), description="What people answered while it waited for them."
    )


class ApprovalNeeded(EndpointAnnouncement):
    """A release waits until people approve."""

    detail_type = "Approval Needed"
    always_for_people = True

    gate: str = Field(description="Where it waits: before_traffic or before_promotion.")
    approvals: int = Field(description="How many different people have to approve.")
    hours: int = Field(description="Hours within which they have to, or it is rolled back.")
    until: str = Field(description="When these hours are over (ISO-8601, UTC), without a freeze.")
    look_at: tuple[str, ...] = Field(
        default=(), description="What to look at: the last verdict, and the notes of the plan."
    )
    what_follows: tuple[str, ...] = Field(
        default=(), description="The stages that follow, one line each."
    )
    input: str = Field(
        description=(
            "Input of an execution of the state machine that approves, as a JSON text. `by` should "
            'be your name; "approve": false rolls back.'
        )
    )


class ReleasePromoted(EndAnnouncement):
    """The new package serves all requests, and this is verified."""

    detail_type = "Release Promoted"
    always_for_people = True

    previous_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that served before."
    )


class ReleaseRolledBack(EndAnnouncement):
    """The candidate takes no requests and the previous package serves, and this is verified."""

    detail_type = "Release Rolled Back"
    always_for_people = True

    live_model_package_arn: ServesNow = None
    tidy: Tidy = "done"


class ReleaseObserved(EndAnnouncement):
    """A shadow test or an experiment is over. The package that served before serves on, by plan."""

    detail_type = "Release Observed"
    always_for_people = True

    live_model_package_arn: ServesNow = None
    tidy: Tidy = "done"


class ReleaseRefused(Announcement):
    """Nothing was changed: the input, policy, package or endpoint cannot be released."""

    detail_type = "Release Refused"
    always_for_people = True


class ReleaseSuperseded(EndAnnouncement):
    """A newer approval took over before this release was promoted."""

    detail_type = "Release Superseded"
    always_for_people = True

    newer_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that took over."
    )
    live_model_package_arn: ServesNow = None
    tidy: Tidy = "done"


class RollbackDone(EndpointAnnouncement):
    """A requested rollback or a recovery is done: the earlier package serves (verified)."""

    detail_type = "Rollback Done"
    always_for_people = True

    live_model_package_arn: ServesNow = None
    previous_model_package_arn: str | None = Field(
        default=None, description="ARN of the package that served before the rollback."
    )
    tidy: Tidy = "done"


class PackageQuarantined(EndpointAnnouncement):
    """A release was rolled back for what its package did. The same is released by hand only."""

    detail_type = "Package Quarantined"
    always_for_people = True

    digests: tuple[str, ...] = Field(
        description=(
            "What is quarantined: the identity of each artefact (`version:`, `etag:` or "
            "`listing:`) and the image (`image:`)."
        )
    )


class GoldenRequestsMissed(EndpointAnnouncement):
    """Too few golden requests passed, so the release rolls back."""

    detail_type = "Golden Requests Missed"

    requests: int = Field(description="How many golden requests there are.")
    needed: int = Field(description="How many of them have to pass.")
    misses: int = Field(description="How many of them missed before the others were left out.")
    first_request: str = Field(description="Name or line of the first one that missed.")
    expected: str = Field(description="What was expected of it, at most 200 characters.")
    answer: str = Field(description="Its answer, or why there was none, at most 200 characters.")
    sha256: str = Field(description="SHA-256 of the file that was read at Plan, in hex.")


class EndpointDrifted(EndpointAnnouncement):
    """The endpoint is not as Penstock left it: somebody changed it."""

    detail_type = "Endpoint Drifted"

    differences: tuple[str, ...] = Field(
        default=(), description="The differences, one sentence each."
    )


class AttentionNeeded(Announcement):
    """A person has to act."""

    detail_type = "Attention Needed"
    always_for_people = True

    advice: str | None = Field(default=None, description="What to do about it.")
