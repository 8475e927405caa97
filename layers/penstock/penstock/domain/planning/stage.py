"""Stages of a release: what each changes, what it expects to find, and how it is judged."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.errors import Incomplete
from penstock.domain.execution.progress import Ramp
from penstock.domain.judging.judgement import Rules
from penstock.domain.ledger.content import Content
from penstock.domain.ledger.people import GateName
from penstock.domain.planning.deployment import Deployment

StageAct = Literal["stage", "shift", "promote", "look"]
"""The state whose function makes a stage's call; `look` where there is none."""
PhaseName = Literal["candidate", "live"]
"""The canary before promotion, the serving variant in the watch window."""


GoldenMoment = Literal["verified", "passed"]
"""When golden requests are asked: once a stage's target is verified, or before the next stage."""


Asked = Literal["gate", "agreement", "over", "goal"]
"""What else decides about a stage, beside alarms and the comparison with live."""


TOP_PERCENT = 50.0
"""The last share of a ramp, in percent: there the comparison is sharpest."""


class Watched(NamedTuple):
    """The variant that a stage is about, and the phase whose alarms watch it."""

    phase: PhaseName
    variant: str


class Beside(NamedTuple):
    """Another endpoint that a stage is about. `up`: whether it is there after the stage."""

    endpoint: str
    up: bool


class Sides(NamedTuple):
    """The two variants whose requests are compared while a stage lasts.

    `live_config`: live serves under this configuration, not under that of the stage's target.
    """

    live: str
    candidate: str
    live_config: str | None = None

    def after(self, found: Content | None) -> "Sides":
        """The same where live serves under what the stage before left, if it left something."""
        if self.live_config is None or found is None:
            return self
        return self._replace(live_config=found.name)


class Stage(BaseModel):
    """One stage of a release.

    Only planning, the serving kinds and the state machine read `act`. All other code reads the
    fields.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    act: StageAct = Field(description="The state of the machine that makes the stage's call.")
    step: int = Field(description="The step on the gate; a ramp's shares count up from it.")
    percent: float = Field(ge=0, le=100, description="The candidate's share afterwards.")
    copied: float = Field(
        default=0,
        ge=0,
        le=100,
        description="Percent of the requests of which the candidate answers copies, for nobody.",
    )
    target: Content | None = Field(
        description="What the place shows once the stage is verified. None: it is as it was found."
    )
    keeps: bool = Field(
        default=False, description="It changes nothing: the place shows what it did before."
    )
    beside: Beside | None = Field(
        default=None,
        description="It is about this endpoint. None: it is about the place.",
    )
    found: Content | None = Field(
        default=None, description="What the stage before left; None: what the release found."
    )
    found_percent: float = Field(default=0, description="The candidate's share until then.")
    raises: bool = Field(description="More requests for the candidate: not while live is short.")
    swaps: bool = Field(description="New instances come up: they warm up, their images are known.")
    watched: Watched = Field(
        description="The variant that the stage is about, and its alarms' phase."
    )
    compared: Sides | None = Field(
        default=None, description="None: nothing serves beside the candidate to compare it with."
    )
    final: bool = Field(description="The release is promoted once this one is passed.")
    ramp: bool = Field(default=False, description="`percent` is the first of several shares.")
    deploys: Deployment | None = Field(
        default=None,
        description="How SageMaker shifts by itself; None: at once, or the deployment is over.",
    )
    top_percent: float = Field(default=TOP_PERCENT, description="The largest share of a ramp.")
    rules: Rules = Field(description="How the stage is judged.")
    golden: GoldenMoment | None = Field(
        default=None, description="When golden requests are asked; None: not in this stage."
    )
    asks: tuple[Asked, ...] = Field(
        default=(), description="What else decides about it, beside alarms and the comparison."
    )
    gate: GateName | None = Field(
        default=None, description="Where it waits for people; None: it does not."
    )
    says: str = Field(description="The stage as one line of the plan.")

    @property
    def begins(self) -> bool:
        """Whether the place is still as the release found it."""
        return self.found is None

    def about(self, place: str) -> str:
        """The endpoint that the stage is about: `place`, or the one beside."""
        return self.beside.endpoint if self.beside else place

    @property
    def judged_by(self) -> Rules:
        """The rules of now: a deployment has others until it is over."""
        return self.deploys.rules if self.deploys else self.rules

    @property
    def present_percent(self) -> float:
        """The candidate's share now: of a deployment what it has reached."""
        return self.found_percent if self.deploys else self.percent

    def reaching(self, percent: float) -> "Stage":
        """This stage with so much of its deployment done, in percent of the capacity."""
        return self.model_copy(update={"found_percent": percent})

    def by_deployment(
        self, deploys: Deployment, sides: Sides | None, rules: Rules, says: str
    ) -> "Stage":
        """This stage where SageMaker shifts by itself, between these sides; then `rules` hold."""
        return self.model_copy(
            update={"deploys": deploys, "compared": sides, "rules": rules, "says": says}
        )

    def deployed(self) -> "Stage":
        """This stage once its deployment is over: nothing is left to compare with."""
        return self.model_copy(update={"deploys": None, "compared": None})

    @property
    def most_percent(self) -> float:
        """The candidate's largest share during the stage, in percent."""
        return self.top_percent if self.ramp else self.percent

    @property
    def content(self) -> Content:
        """The target of a stage that has one.

        Raises:
            Incomplete: the place is as it was found.
        """
        if self.target is None:
            raise Incomplete("the stage changes nothing")
        return self.target

    def asking(self, moment: GoldenMoment, requests: int) -> "Stage":
        """This stage with golden requests."""
        says = f"{self.says}; then {requests} golden requests"
        return self.model_copy(update={"golden": moment, "says": says})

    def undone(self, endpoint: str, step: int) -> "Stage":
        """The stage that deletes the endpoint which this one creates beside the place."""
        return self.model_copy(
            update={
                "step": step,
                "beside": Beside(endpoint, up=False),
                "swaps": False,
                "golden": None,
                "says": f"delete the endpoint {endpoint}",
            }
        )

    def at(self, ramp: Ramp) -> "Stage":
        """This stage of a ramp at the chosen share.

        Each share is a separate step, and expects to find the one before.
        """
        return self.model_copy(
            update={
                "step": self.step + ramp.number,
                "percent": ramp.percent,
                "target": self.content.at(ramp.percent),
                "found": self.content.at(ramp.before),
                "found_percent": ramp.before,
            }
        )

    def after(self, before: "Stage | None") -> "Stage":
        """This stage with what the one before it leaves."""
        if before is None:
            return self
        after = self.model_copy(
            update={
                "found": before.target,
                "found_percent": before.percent,
                "compared": self.compared and self.compared.after(before.target),
            },
        )
        return after.kept(before) if self.keeps else after

    def kept(self, before: "Stage") -> "Stage":
        """This stage, which leaves what the one before it left."""
        return self.model_copy(
            update={"target": before.target, "percent": before.percent, "copied": before.copied}
        )
