"""Reviews: the assessment of a package, and the decision."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)

from penstock.domain.errors import Damaged
from penstock.domain.policy.approval import ApprovalSection
from penstock.domain.reviewing.bars import BarResult, BarVerdict, overall

ReviewDecision = Literal["approved", "rejected", "left_pending"]
ReviewResult = Literal["approved", "rejected", "left_pending", "no_verdict", "ignored"]

TRY_FOR = 24 * 60 * 60 * 1000
"""How long a package without a verdict is tried again before people are notified, in ms."""


def _from_text(value: object) -> object:
    return _RESULTS.validate_json(value) if isinstance(value, str) else value


_RESULTS = TypeAdapter(tuple[BarResult, ...], config=ConfigDict(defer_build=True))
Results = Annotated[
    tuple[BarResult, ...],
    BeforeValidator(_from_text),
    PlainSerializer(lambda results: _RESULTS.dump_json(results).decode(), when_used="json"),
]
"""Kept as JSON text: a p-value of 1e-200 is a float and no number of the ledger's table."""


class Bound(BaseModel):
    """What exactly was reviewed, by digest. What serves must be the same."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    reports: Mapping[str, str] = Field(
        default={}, description="Digest of each report that a bar names, by URI."
    )
    artefacts: Mapping[str, str] = Field(default={}, description="Digest of each artefact, by URI.")
    images: Mapping[str, str] = Field(default={}, description="Digest of each image, by name.")
    settings: Mapping[str, str] | None = Field(
        default=None,
        description=(
            "Digest of image, environment and host name, by container. None in reviews from "
            "before they were bound."
        ),
    )

    def differences(self, now: "Bound") -> tuple[str, ...]:
        """Differences from what was reviewed, one sentence each.

        A report that is gone was still reviewed, and one that only a newer policy names was not.
        Artefacts and images must be exactly those that were reviewed.
        """
        reports = sorted(self.reports.keys() & now.reports.keys())
        return (
            *_differing("report", reports, self.reports, now.reports),
            *_differing(
                "artefact",
                sorted({*self.artefacts, *now.artefacts}),
                self.artefacts,
                now.artefacts,
            ),
            *_differing("image", sorted({*self.images, *now.images}), self.images, now.images),
            *self._settings_differences(now.settings or {}),
        )

    def _settings_differences(self, now: Mapping[str, str]) -> Iterator[str]:
        if self.settings is not None:
            names = sorted({*self.settings, *now})
            yield from _differing("image or environment of", names, self.settings, now)


def _differing(
    kind: str, names: Iterable[str], before: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[str]:
    for name in names:
        if before.get(name) != now.get(name):
            was, is_ = before.get(name, "missing"), now.get(name, "missing or unreadable")
            yield f"the {kind} {name} was {was} at the review and is {is_} now"


class BarAssessment(BaseModel):
    """What one look at a package found."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    results: tuple[BarResult, ...] = Field(description="The result of each bar.")
    unknowns: tuple[str, ...] = Field(
        default=(), description="What could not be read, one sentence each."
    )
    bound: Bound = Field(default_factory=Bound, description="What exactly was reviewed.")
    metrics: Mapping[str, Mapping[str, object]] = Field(
        default={},
        description="What is kept for the comparison with later packages once this one is live.",
    )

    @property
    def verdict(self) -> BarVerdict:
        """The verdict: one miss decides, otherwise anything unknown leaves it open."""
        bars = overall(self.results)
        if bars == "miss":
            return "miss"
        return "no_verdict" if self.unknowns else bars

    @property
    def reason(self) -> str:
        """The verdict as one sentence, misses first."""
        if self.verdict == "miss":
            return "; ".join(self.sentences("miss"))
        if self.verdict == "no_verdict":
            return "; ".join([*self.unknowns, *self.sentences("no_verdict")])
        if not self.results:
            return "the policy has no bars"
        return f"every bar passed: {'; '.join(self.sentences('pass'))}"

    def sentences(self, verdict: BarVerdict) -> list[str]:
        """What is said of the bars with this verdict."""
        return [result.sentence for result in self.results if result.verdict == verdict]


class Review(BaseModel):
    """What the ledger remembers of a package's review."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    model_package_arn: str = Field(description="ARN of the package.")
    group: str = Field(description="Name of its group.")
    endpoint: str | None = Field(
        default=None, description="Endpoint that its policy names. None without a usable policy."
    )
    policy_version: str = Field(default="", description="Version of the policy's SSM parameter.")
    mode: Literal["automatic", "manual"] = Field(
        default="automatic", description="The policy's `approval.mode`."
    )
    outcome: Literal["approved", "rejected", "left_pending", "no_verdict"] = Field(
        description="What was decided."
    )
    verdict: BarVerdict = Field(description="What the bars say together.")
    reason: str = Field(description="The verdict as a sentence.")
    results: Results = Field(default=(), description="The result of each bar.")
    first_tried_at: int = Field(
        description="When the package was first reviewed without a verdict, in ms."
    )
    reviewed_at: int = Field(description="When it was reviewed, in ms.")
    announced: bool = Field(
        default=False, description="Whether the review, or the call for help, was published."
    )
    urgent: bool = Field(
        default=False, description="Whether only a person can fix why there is no verdict."
    )
    was_approved: bool = Field(
        default=False, description="Whether the package was approved before this review."
    )
    fingerprint: str = Field(default="", description="Names the content of the review.")
    description: str = Field(default="", description="The approval description that it writes.")
    evidence_uri: str | None = Field(default=None, description="S3 URI of its record.")
    bound: Bound = Field(default_factory=Bound, description="What exactly was reviewed.")
    metrics: Mapping[str, Mapping[str, object]] = Field(
        default={},
        description="What is kept for the comparison with later packages once this one is live.",
    )

    def kept_at(self, uri: str) -> "Review":
        """Its evidence is kept there."""
        return self.model_copy(update={"evidence_uri": uri})

    def as_told(self) -> "Review":
        """People and the bus have been told."""
        return self.model_copy(update={"announced": True})

    def overdue(self, now: int) -> bool:
        """Whether there is no verdict and the time for trying again is over."""
        return self.outcome == "no_verdict" and now - self.first_tried_at >= TRY_FOR

    def given_up(self, now: int, policy_version: str | None) -> bool:
        """Whether the package is given up. Another policy version gives it another chance."""
        same = policy_version in (None, self.policy_version)
        return same and self.announced and self.overdue(now)


def read_review(arn: str, item: Mapping[str, object]) -> Review:
    """A review from its attributes.

    Raises:
        Damaged: an attribute is missing, or of another type than Penstock writes.
    """
    try:
        return Review.model_validate(item)
    except ValidationError as error:
        wrong = sorted({str(fault["loc"][0]) for fault in error.errors()})
        said = f"the ledger's review of {arn} was edited and cannot be read"
        raise Damaged(f"{said}: {', '.join(wrong)}") from error


class ReviewOutcome(NamedTuple):
    """The outcome of reviewing one package, for the log."""

    model_package_arn: str
    outcome: ReviewResult
    reason: str


def decide_review(
    approval: ApprovalSection, verdict: BarVerdict, *, was_approved: bool = False
) -> ReviewDecision:
    """The decision for a verdict. `no_verdict` is never written and counts as a miss here.

    For a package that was approved before its review, nothing is left to a person.
    """
    if was_approved:
        return "approved" if verdict == "pass" else "rejected"
    if approval.mode == "manual":
        return "left_pending"
    if verdict == "pass":
        return "approved"
    return "rejected" if approval.on_miss == "reject" else "left_pending"


def fingerprint(
    arn: str, policy_version: str, decision: ReviewDecision, seen: BarAssessment
) -> str:
    """Digest of a review's content. The same content needs no second record."""
    content = seen.model_dump_json(include={"results", "bound"})
    text = "\n".join([arn, policy_version, decision, content])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
