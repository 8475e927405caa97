"""What the ledger keeps of one release."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from penstock.domain.execution.progress import Judged
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.people import Answer
from penstock.domain.ledger.planned import Planned
from penstock.domain.planning.plan_before import planned_before


class ReleaseRecord(BaseModel):
    """What the ledger keeps of one release."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    release: str = Field(description="Id of the release.")
    state: Literal[
        "running",
        "promoted",
        "observed",
        "rolled_back",
        "superseded",
        "refused",
        "needs_attention",
    ] = Field(description="How far it is, or how it ended.")
    package: str = Field(description="ARN of its package; empty for a rollback.")
    approved_at: int = Field(description="When the package was approved, in ms.")
    started_at: int = Field(default=0, description="When it was claimed, in ms.")
    ended_at: int | None = Field(
        default=None, description="When it ended, in ms. None while it runs."
    )
    reason: str | None = Field(default=None, description="Why it ended like this, as a sentence.")
    content: Content | None = Field(default=None, description="Content that it promoted.")
    model: str | None = Field(
        default=None, description="Name of the SageMaker model that it created."
    )
    planned: Planned | None = Field(
        default=None, description="The part of its plan that going back and deleting need."
    )
    reports: dict[str, dict[str, Any]] = Field(
        default={},
        description="Metrics of its package by report, for later bars that compare with live.",
    )
    judged: Judged | None = Field(default=None, description="The last verdict on its candidate.")
    requested: str | None = Field(
        default=None,
        description="Why a person requested this rollback. None for any other release.",
    )
    made_of: tuple[str, ...] = Field(
        default=(),
        description="Digests of its package's artefacts and image. Empty if one is unknown.",
    )
    quarantine: str | None = Field(
        default=None,
        description=(
            "Why artefact and image of its package are quarantined: what an alarm or the "
            "comparison said against it. None for any other release."
        ),
    )
    answers: tuple[Answer, ...] = Field(
        default=(), description="What people answered while it waited for them."
    )
    finding: str | None = Field(
        default=None,
        description=(
            "What a shadow test or an experiment found, as a sentence, from its end on. Live is "
            "kept. None for any other release."
        ),
    )
    retired: bool = Field(
        default=False,
        description=(
            "Tombstone: nothing that it created is left on SageMaker, so nobody can go back to it."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, item: Any) -> Any:
        """A record of the version before has the plan whole."""
        plan = item.get("plan") if isinstance(item, Mapping) else None
        if not plan or item.get("planned"):
            return item
        return {**item, "planned": planned_before(plan)}

    @property
    def ended(self) -> bool:
        """Whether its end is written."""
        return self.ended_at is not None

    @property
    def quarantined(self) -> str | None:
        """Why artefact and image are quarantined. None if they are not, or are unknown."""
        return self.quarantine if self.made_of else None

    @property
    def known_good(self) -> bool:
        """Whether it was promoted, and can be gone back to."""
        return self.state == "promoted" and self.content is not None and not self.retired


def read_record(release: str, item: Mapping[str, Any]) -> ReleaseRecord:
    """A release's record from its attributes.

    One that was edited, or lost its first attributes, is only known to exist. Nobody can go back to
    it, and its resources are not deleted.
    """
    try:
        return ReleaseRecord.model_validate({**item, "release": release})
    except ValidationError:
        reason = f"the ledger's record of release {release} was edited and cannot be read"
        return ReleaseRecord(
            release=release,
            state="needs_attention",
            package="unknown",
            approved_at=0,
            ended_at=0,
            reason=reason,
        )
