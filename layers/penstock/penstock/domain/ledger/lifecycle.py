"""The stage of a package's life in the registry: what a release owes it, and to which package."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field


class LifeStage(BaseModel):
    """A `ModelLifeCycle`, as the registry shows it."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    stage: str = Field(description="Stage.")
    status: str = Field(description="Status of the stage.")
    description: str | None = Field(default=None, description="Description of the stage.")


class LifeCycle(BaseModel):
    """The stages of the policy that a release was planned with, and its package's stage before."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    release: str = Field(description="Id of the release.")
    staging: str = Field(description="Stage of a package in its release.")
    production: str = Field(description="Stage of what serves.")
    retired: str = Field(description="Stage of what was replaced.")
    before: LifeStage | None = Field(
        default=None, description="Stage of the release's package before it. None: it had none."
    )


class StageDue(BaseModel):
    """A stage that a package is to have, and has not been given yet."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    package: str = Field(description="ARN of the package.")
    to: LifeStage = Field(description="The stage.")
    refused: str | None = Field(
        default=None, description="Why the last try failed, once people were notified."
    )

    def refused_for(self, reason: str) -> "StageDue":
        """The last try failed, and people know why."""
        return self.model_copy(update={"refused": reason})


def owing(due: Iterable[StageDue], more: Iterable[StageDue]) -> tuple[StageDue, ...]:
    """What is due after `more` came up. Of one package only the last stage counts."""
    return tuple({each.package: each for each in (*due, *more)}.values())


def staged(cycle: LifeCycle, package: str) -> StageDue:
    """A release of the package begins."""
    said = f"release {cycle.release} is under way"
    return StageDue(package=package, to=_stage(cycle.staging, "InProgress", said))


def replaced(
    cycle: LifeCycle | None, before: str | None, serves: str | None, release: str
) -> Iterator[StageDue]:
    """One package serves instead of another, by a promotion or a requested rollback.

    Args:
        cycle: The stages to write. None: the policy has none.
        before: ARN of the package that served. None if it has none, or nothing is known of it.
        serves: ARN of the package that serves now, likewise.
        release: Id of the release or rollback.
    """
    if cycle is None or before == serves:
        return
    if before:
        said = f"release {release} replaced it"
        yield StageDue(package=before, to=_stage(cycle.retired, "Inactive", said))
    if serves:
        said = f"it serves since release {release}"
        yield StageDue(package=serves, to=_stage(cycle.production, "Active", said))


def given_back(
    cycle: LifeCycle | None, package: str | None, serves: str | None, release: str
) -> Iterator[StageDue]:
    """A release ended without its package: it gets the stage that it had.

    A stage cannot be unset. A package that had none is retired, unless it serves: then it served
    before its release as well. Nothing is due to one whose release was planned without stages.
    """
    if cycle is None or cycle.release != release or not package:
        return
    if package == serves:
        had = _stage(cycle.production, "Active", f"it served before release {release}")
    else:
        had = _stage(cycle.retired, "Inactive", f"release {release} did not promote it")
    yield StageDue(package=package, to=cycle.before or had)


def _stage(stage: str, status: str, description: str) -> LifeStage:
    return LifeStage(stage=stage, status=status, description=description)
