"""A plan: the list of stages that the state machine walks, and all that a release makes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.errors import Refused
from penstock.domain.execution.progress import Ramp
from penstock.domain.judging.judgement import Rules
from penstock.domain.judging.method import Method
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import WHOLE, Content, split
from penstock.domain.planning import checks, stages
from penstock.domain.planning.blueprint import CANDIDATE, Blueprint
from penstock.domain.planning.checks import Check, PhaseName
from penstock.domain.policy.policy import Policy

Act = Literal["stage", "shift", "promote"]


class Stage(BaseModel):
    """One opening of the gate: what is done, the candidate's share after it, how it is judged.

    A `ramp` has only its first share; the comparison with live chooses the later ones. Each is a
    step of its own: the numbers of the ramp's steps begin with `step`.
    """

    model_config = ConfigDict(frozen=True)

    act: Act
    step: int
    percent: float = Field(ge=0, le=100)
    rules: Rules
    says: str
    ramp: bool = False

    def at(self, ramp: Ramp) -> "Stage":
        """This stage with the share that was chosen for it."""
        return self.model_copy(update={"step": self.step + ramp.number, "percent": ramp.percent})


class Plan(BaseModel):
    """All that a release is going to do. Instances are counts; minutes leave the swaps out.

    `images` are the digests that each container of the package may resolve to, as far as it was
    registered with one.
    """

    model_config = ConfigDict(frozen=True)

    release: str
    package: str
    policy: Policy
    blueprint: Blueprint
    stages: tuple[Stage, ...]
    live_variant: str
    floor: int
    candidate_instances: int
    peak_instances: int
    history_events: int
    least_minutes: int
    most_minutes: int = 0
    first: bool
    images: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """How candidate and live are compared."""
        return stages.method(self.policy)

    @property
    def endpoint(self) -> str:
        """The endpoint that is released to."""
        return self.policy.endpoint

    @property
    def own_alarms(self) -> tuple[str, ...]:
        """Names of the alarms that this release makes."""
        candidate = () if self.blueprint.staging is None else self._watching("candidate")
        return (*candidate, *self._watching("live"))

    def checks(self, stage: Stage) -> tuple[Check, ...]:
        """The alarms of the phase that a stage begins: on the candidate, or on what serves."""
        candidate = stage.act != "promote"
        return checks.checks(
            self.endpoint,
            CANDIDATE if candidate else self.live_variant,
            self.target(stage).config,
            self.policy.judge,
            "candidate" if candidate else "live",
        )

    def expected(self, stage: Stage) -> tuple[str, ...]:
        """Names of the own alarms that must have data before a stage is passed."""
        return self._watching("live" if stage.act == "promote" else "candidate")

    def _watching(self, phase: PhaseName) -> tuple[str, ...]:
        return checks.names(self.endpoint, self.policy.judge, phase)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Every alarm that stops this release."""
        return (*self.own_alarms, *self.policy.alarms)

    @property
    def final(self) -> Content:
        """The endpoint when the release is promoted."""
        weights = {self.live_variant: WHOLE}
        return Content(config=self.blueprint.final_name, weights=weights, package=self.package)

    def target(self, stage: Stage) -> Content:
        """The endpoint after a stage."""
        if stage.act == "promote":
            return self.final
        return self.shared(stage.percent)

    def shared(self, percent: float) -> Content:
        """The staging configuration with the candidate at `percent` of the requests.

        Raises:
            Refused: this plan has no canary.
        """
        if self.blueprint.staging_name is None:
            raise Refused(f"release {self.release} has no canary")
        weights = split(self.live_variant, CANDIDATE, percent)
        return Content(config=self.blueprint.staging_name, weights=weights)

    def knows(self, content: Content) -> bool:
        """Whether a content is this release's doing, or that of another release of ours."""
        if len(content.weights) > 1:
            return naming.is_staging(self.endpoint, content.config)
        return content.same(self.final)
