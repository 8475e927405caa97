"""The part of a release's plan that every task needs. The whole plan is stored elsewhere."""

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.ledger.content import Content

UPDATE_MINUTES, KEEP_RELEASES = 60, 5
"""The defaults of the policy's `rollout.update_minutes` and `rollout.keep_releases`."""


class Planned(BaseModel):
    """The part of a plan that the execution's document and the release's record carry.

    Going back and settling need no more than this, so neither waits for the plan to be read.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    digest: str | None = Field(
        default=None, description="Finds the plan; None: a version before kept it in the record."
    )
    kind: str = Field(default="realtime", description="The serving kind.")
    first: bool = Field(description="The release creates its place.")
    stages: int = Field(description="How many stages the plan has.")
    live_variant: str = Field(description="The name of the serving variant.")
    floor: int = Field(description="Instances that live has at least while shares are raised.")
    staging: str | None = Field(description="The configuration between the two, if there is one.")
    rehearsal: str | None = Field(
        default=None,
        description="The rehearsal endpoint and its configuration, if there is one.",
    )
    shadow: str | None = Field(
        default=None, description="The configuration with the candidate as a shadow, if any."
    )
    final: Content = Field(description="What the place shows once the release is promoted.")
    model: str = Field(description="The name of the model that the release makes.")
    images: tuple[tuple[str, ...], ...] = Field(
        default=(), description="Digests that each container may resolve to, where known."
    )
    update_minutes: int = Field(description="After so long people hear of an update.")
    keep_releases: int = Field(description="Known-good releases that stay.")
    queues: bool = Field(description="A newer approval waits until this release has ended.")
    deploys: bool = Field(
        default=False, description="SageMaker shifts by itself, and only the brake stops it."
    )

    @property
    def configs(self) -> tuple[str, ...]:
        """The configurations that the release makes."""
        return (*self.passing, self.final.name)

    @property
    def passing(self) -> tuple[str, ...]:
        """Those that nothing needs any more once the release is promoted."""
        return tuple(name for name in (self.rehearsal, self.shadow, self.staging) if name)

    def knows(self, endpoint: str, content: Content) -> bool:
        """Whether this release, or another one of ours, created a content."""
        return content.staged(endpoint) if content.several else content.same(self.final)
