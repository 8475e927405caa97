"""A plan: the list of stages that the state machine walks, and all that a release makes."""

import hashlib
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from penstock.domain.errors import Incomplete
from penstock.domain.execution.progress import Ramp
from penstock.domain.golden.asking import Golden
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.series import Published
from penstock.domain.kinds.table import released
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.planned import Planned
from penstock.domain.planning import checks, comparing, comparison_settings
from penstock.domain.planning.brake import brake, brake_name
from penstock.domain.planning.check import Check
from penstock.domain.planning.plan_before import with_meanings
from penstock.domain.planning.stage import PhaseName, Stage
from penstock.domain.policy.policy import Policy


class Plan(BaseModel):
    """All that a release is going to do."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    release: str = Field(description="Id of the release.")
    package: str = Field(description="ARN of its package.")
    policy: Policy = Field(description="The policy that it was planned by.")
    blueprint: Blueprint = Field(description="The requests that it sends to SageMaker.")
    stages: tuple[Stage, ...] = Field(description="What it does, in order.")
    live_variant: str = Field(description="Name of the serving variant.")
    floor: int = Field(
        description="F: instances that live had at the claim. No share grows while live has fewer."
    )
    candidate_instances: int = Field(description="Instances of the candidate.")
    peak_instances: int = Field(description="Most instances at the same time, during a swap.")
    history_events: int = Field(description="Most events in the execution's history.")
    least_minutes: int = Field(description="Shortest duration in minutes, without the swaps.")
    most_minutes: int = Field(
        default=0, description="Longest duration in minutes, without the swaps."
    )
    first: bool = Field(description="Whether it creates the endpoint.")
    would_show: Content | None = Field(
        default=None,
        description="What a promotion would show, where no stage promotes. None: one does.",
    )
    images: tuple[tuple[str, ...], ...] = Field(
        default=(),
        description="Digests that each container of the package may resolve to, where known.",
    )
    values_ms: dict[str, float] = Field(
        default_factory=dict,
        description="Live's quantiles of latency before the release, in ms, by their metrics.",
    )
    golden: Golden | None = Field(
        default=None, description="The golden requests that it asks. None: none."
    )
    notes: tuple[str, ...] = Field(
        default=(), description="What people may not expect of it, one sentence each."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, plan: Any) -> Any:
        """A plan of the version before, whose stages did not say what they mean."""
        return with_meanings(plan) if isinstance(plan, dict) else plan

    @property
    def text(self) -> str:
        """The plan as it is kept."""
        return self.model_dump_json()

    @property
    def digest(self) -> str:
        """What finds it: of the text, so that equal plans are one."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def planned(self) -> Planned:
        """What documents and records carry of it."""
        rollout = self.policy.rollout
        return Planned(
            digest=self.digest,
            kind=self.kind,
            first=self.first,
            stages=len(self.stages),
            live_variant=self.live_variant,
            floor=self.floor,
            staging=self.blueprint.staging_name,
            rehearsal=self.blueprint.rehearsal_name,
            shadow=self.blueprint.shadow_name,
            final=self.final,
            model=self.blueprint.model_name,
            images=self.images,
            update_minutes=rollout.update_minutes,
            keep_releases=rollout.keep_releases,
            queues=rollout.on_newer == "queue",
            deploys=any(stage.deploys for stage in self.stages),
        )

    @property
    def judge_settings(self) -> JudgeSettings:
        """How candidate and live are compared."""
        settings = comparison_settings.judge_settings(self.policy)
        return replace(settings, values_ms=self.values_ms)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What candidate and live are compared by."""
        return comparing.metrics(self.policy.judge, self.values_ms)

    @property
    def endpoint(self) -> str:
        """The endpoint that is released to."""
        return self.policy.endpoint

    @property
    def kind(self) -> str:
        """The serving kind, whose adapter makes the calls."""
        return self.policy.serving.kind

    @property
    def published(self) -> Published:
        """What the kind's variants publish."""
        return released(self.kind).published

    @property
    def final(self) -> Content:
        """The endpoint when the release is promoted, or would be."""
        return self.would_show or self.stages[-1].content

    @property
    def own_alarms(self) -> tuple[str, ...]:
        """Names of the alarms that this release makes."""
        phases = dict.fromkeys(s.watched.phase for s in self.stages if not s.beside)
        return tuple(name for phase in phases for name in self._watching(phase))

    @property
    def alarms(self) -> tuple[str, ...]:
        """Every alarm that stops this release."""
        return (*self.own_alarms, *self.policy.alarms)

    def noting(self, notes: tuple[str, ...]) -> "Plan":
        """The same plan, with these notes."""
        return self.model_copy(update={"notes": notes})

    def stage(self, position: int, ramp: Ramp | None = None) -> Stage:
        """The stage at a position, with the share that was chosen last where none is given.

        Raises:
            Incomplete: there is none.
        """
        if position not in range(len(self.stages)):
            raise Incomplete(f"the plan has no stage {position}")
        stage = self.stages[position]
        before = self.stage(position - 1, ramp) if position else None
        return stage.at(ramp) if stage.ramp and ramp else stage.after(before)

    def checks(self, stage: Stage) -> tuple[Check, ...]:
        """The alarms of the phase that a stage begins: on the candidate, or on what serves."""
        phase, variant = stage.watched
        judge, config = self.policy.judge, stage.content.name
        own = checks.checks(self.endpoint, variant, config, judge, phase, self.published)
        return (*own, brake(self.endpoint, config)) if stage.deploys else own

    def undoing(self, stage: Stage) -> tuple[str, ...]:
        """Names of the alarms that undo the stage's deployment. The brake is the last one."""
        policys = (name for name in self.policy.alarms if name not in self.expected(stage))
        return (*self.expected(stage), *policys, brake_name(self.endpoint))

    def expected(self, stage: Stage) -> tuple[str, ...]:
        """Names of the own alarms that must have data before a stage is passed."""
        return self._watching(stage.watched.phase)

    def _watching(self, phase: PhaseName) -> tuple[str, ...]:
        return checks.names(self.endpoint, self.policy.judge, phase, self.published)
