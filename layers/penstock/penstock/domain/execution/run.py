"""The document that one execution carries from state to state."""

from typing import Any, Literal, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from penstock.domain.captures.answers import Answers
from penstock.domain.errors import Incomplete
from penstock.domain.execution.endings import Ending, EndingName, Failure, failure
from penstock.domain.execution.hindrance import Hindered
from penstock.domain.execution.progress import (
    DeploymentProgress,
    ExperimentProgress,
    Frozen,
    Judged,
    Phase,
    Ramp,
    RollbackCause,
    WaitProgress,
    What,
)
from penstock.domain.execution.request import Request
from penstock.domain.golden.asking import Asking
from penstock.domain.judging.comparison import Comparison
from penstock.domain.judging.looks import watch_seconds
from penstock.domain.ledger.place import Key, checked, key_of_endpoint
from penstock.domain.ledger.planned import UPDATE_MINUTES, Planned
from penstock.domain.planning.plan_before import planned_before, stage_before
from penstock.domain.planning.stage import GoldenMoment, Stage
from penstock.domain.protocol import Approval, Writer

Next = Literal[
    "claim",
    "plan",
    "stage",
    "shift",
    "promote",
    "look",
    "ask",
    "watch",
    "judge",
    "roll_back",
    "settle",
    "finish",
]

Outcome = Literal["promoted", "rolled_back", "tidy_pending", "at_rest"]
"""How Settle ends a release. `at_rest`: there are only chores."""


class Changes(TypedDict, total=False):
    """What may change of a document, each as `Run` types it: mypy checks every transition.

    Not in it: what an execution begins with, and where `then` sends the document.
    """

    request: Request | None
    watch_seconds: int
    endpoint: str | None
    key: Key | None
    release: str | None
    package: str | None
    approved_at: int
    planned: Planned | None
    position: int
    stage: Stage | None
    phase: Phase | None
    ramp: Ramp | None
    deployment: DeploymentProgress | None
    asking: Asking | None
    comparison: Comparison | None
    answers: Answers | None
    goal: ExperimentProgress | None
    judged: Judged | None
    trouble: str | None
    stuck: bool
    waited_ms: int
    frozen: Frozen | None
    frozen_ms: int
    waiting: WaitProgress | None
    hindered: Hindered | None
    why: RollbackCause | None
    outcome: Outcome | None
    own: Approval | None
    queues: bool
    quarantined: bool
    halted: str | None
    dead: bool
    ending: Ending | None
    failure: Failure | None
    error: dict[str, Any] | None


class Run(BaseModel):
    """Everything an execution knows. Every task takes it and returns the next one."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore", populate_by_name=True)

    schema_version: Literal[1] = Field(
        default=1, alias="schema", description="Version of this document's form."
    )
    execution: str = Field(description="ARN of the execution.")
    started_at: int = Field(description="When the execution started, in ms.")
    request: Request | None = Field(default=None, description="The validated input.")
    next: Next = Field(description="The state that comes next.")
    wait_seconds: int = Field(default=0, description="How long to wait before it, in seconds.")
    watch_seconds: int = Field(
        default=60,
        description="How long the next watch lasts, in seconds, unless the token ends it.",
    )
    endpoint: str | None = Field(default=None, description="Name of the endpoint.")
    key: Key | None = Field(default=None, description="Key of the place that is released to.")
    release: str | None = Field(default=None, description="Id of the release in hand.")
    package: str | None = Field(default=None, description="ARN of its package.")
    approved_at: int = Field(default=0, description="When the package was approved, in ms.")
    planned: Planned | None = Field(
        default=None, description="The part of the plan that every task needs."
    )
    position: int = Field(default=0, description="Index of the stage in hand in the plan.")
    stage: Stage | None = Field(default=None, description="The stage in hand.")
    phase: Phase | None = Field(default=None, description="The watch in hand.")
    ramp: Ramp | None = Field(
        default=None, description="The share that an adaptive release chose last."
    )
    deployment: DeploymentProgress | None = Field(
        default=None, description="The deployment that SageMaker makes by itself."
    )
    asking: Asking | None = Field(
        default=None, description="How far the golden requests of the stage in hand are asked."
    )
    comparison: Comparison | None = Field(
        validation_alias="case",
        serialization_alias="case",
        default=None,
        description="What was judged of the candidate so far.",
    )
    answers: Answers | None = Field(
        default=None, description="What is known of the candidate's answers beside live's."
    )
    goal: ExperimentProgress | None = Field(
        default=None, description="What is known of the goal of an experiment so far."
    )
    judged: Judged | None = Field(default=None, description="The last verdict on the candidate.")
    trouble: str | None = Field(
        default=None,
        description="What went wrong and does not matter to the release; it is logged and counted.",
    )
    stuck: bool = Field(
        default=False,
        description="Whether the rollback makes no progress while users are on what has to go.",
    )
    waited_ms: int = Field(
        default=0, description="Time that was spent waiting for a person, in ms."
    )
    frozen: Frozen | None = Field(
        default=None, description="The freeze that was met at the last look, if there was one."
    )
    frozen_ms: int = Field(
        default=0,
        description="How long the stage in hand was frozen, in ms. Deadlines do not count it.",
    )
    waiting: WaitProgress | None = Field(
        default=None, description="The wait for SageMaker in hand."
    )
    hindered: Hindered | None = Field(
        default=None, description="Transient failures of AWS that kept tasks from reading."
    )
    why: RollbackCause | None = Field(
        default=None, description="Why the release in hand is rolled back."
    )
    outcome: Outcome | None = Field(default=None, description="How Settle is to end the release.")
    own: Approval | None = Field(
        default=None, description="The release that this execution was started for."
    )
    queues: bool = Field(
        default=False,
        description="Whether the policy lets a running release end first, before there is a plan.",
    )
    quarantined: bool = Field(
        default=False,
        description=(
            "Whether the package was in quarantine at the start. It disturbs no running release, "
            "and Plan refuses it once it has its turn."
        ),
    )
    halted: str | None = Field(
        default=None, description="The release that a requested rollback halted."
    )
    dead: bool = Field(
        default=False,
        description="Whether the release in hand was inherited from another execution.",
    )
    ending: Ending | None = Field(default=None, description="How the execution ended.")
    failure: Failure | None = Field(default=None, description="The failure that the ending is.")
    error: dict[str, Any] | None = Field(
        default=None, description="Error and cause of a failed task, as Step Functions caught them."
    )

    @field_validator("key")
    @classmethod
    def _names_a_place(cls, key: Key | None) -> Key | None:
        return checked(key) if key else key

    @field_validator("own")
    @classmethod
    def _none_is_not_empty(cls, own: Approval | None) -> Approval | None:
        """A document of the version before has an empty package where there is none."""
        return own and own._replace(package=own.package or None)

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, document: Any) -> Any:
        """A document of the version before carries its plan whole."""
        plan = document.get("plan") if isinstance(document, dict) else None
        if not plan or document.get("planned"):
            return document
        stage = stage_before(plan, document.get("position", 0), document.get("ramp"))
        return {**document, "planned": planned_before(plan), "stage": stage}

    def but(self, **changes: Unpack[Changes]) -> "Run":
        """This document with other values, for the same state."""
        return self.model_copy(update={**changes})

    def then(self, following: Next, wait_seconds: int = 0, **changes: Unpack[Changes]) -> "Run":
        """The document that goes to the state `following`."""
        return self.model_copy(
            update={
                "next": following,
                "wait_seconds": wait_seconds,
                "error": None,
                "trouble": None,
                "stuck": False,
                **changes,
            }
        )

    def watch(self, phase: Phase, now: int) -> "Run":
        """Watch the share in hand for a while."""
        seconds = watch_seconds(self.the_stage.judged_by, phase.since, now, self.frozen_ms)
        if self.frozen:
            seconds = self.frozen.watch_seconds(seconds, now)
        return self.then("watch", phase=phase, waiting=None, watch_seconds=seconds)

    def back(self, why: RollbackCause) -> "Run":
        """Roll back. The first reason given counts."""
        return self.then("roll_back", why=self.why or why, waiting=None, hindered=None)

    def anew(self) -> "Run":
        """The inherited release is finished: claim again for the release this execution was
        started for.
        """
        return self.takes_up(self.claims, "claim").but(waiting=None)

    def takes_up(self, own: Approval, following: Next) -> "Run":
        """Go on with this release, and with nothing of another one that was in hand."""
        return self.then(
            following,
            release=own.release,
            package=own.package,
            approved_at=own.approved_at,
            dead=False,
            planned=None,
            stage=None,
            deployment=None,
            asking=None,
            why=None,
            outcome=None,
            goal=None,
            frozen=None,
            frozen_ms=0,
        )

    def waits_for(self, what: What, now: int) -> WaitProgress:
        """The wait in hand, or a new one if something else was waited for until now."""
        if self.waiting and self.waiting.what == what:
            return self.waiting
        return WaitProgress(what=what, since=now, spent=self.troubled_ms)

    def waited(self, waiting: WaitProgress, now: int) -> int:
        """Duration of a wait in ms, without the time that transient failures of AWS took."""
        troubled = self.troubled_ms - waiting.spent
        return now - waiting.since - waiting.lost - troubled

    def made(self, config: str) -> bool:
        """Whether a configuration is one that the release in hand makes."""
        return self.planned is not None and config in self.planned.configs

    def about(self, reason: str) -> dict[str, Any]:
        """Fields of every announcement about this document's release."""
        return {
            "release_id": self.release,
            "endpoint": self.endpoint,
            "model_package_arn": self.package,
            "reason": reason,
        }

    def end(self, name: EndingName, reason: str, **said: Any) -> "Run":
        """End the execution."""
        known: dict[str, Any] = {"release_id": self.release, "endpoint": self.endpoint}
        ending = Ending(ending=name, reason=reason, **(known | said))
        return self.then("finish", ending=ending, failure=failure(ending))

    @property
    def the_stage(self) -> Stage:
        """The stage in hand; there is one from Plan on."""
        if self.stage is None:
            raise Incomplete("this execution has no stage yet")
        return self.stage

    @property
    def the_plan(self) -> Planned:
        """What is known here of the plan; there is one from Plan on."""
        if self.planned is None:
            raise Incomplete("this execution has no plan yet")
        return self.planned

    def asks_golden(self, moment: GoldenMoment) -> bool:
        """Whether the stage in hand asks golden requests now, and not enough of them passed yet."""
        passed = self.asking is not None and self.asking.passed
        return self.the_stage.golden == moment and not passed

    @property
    def in_last_stage(self) -> bool:
        """Whether the release is promoted, and watched."""
        last = self.planned is not None and self.position == self.planned.stages - 1
        promotes = self.stage is None or self.stage.final
        return last and promotes and not self.kept_back and not self.deploying

    @property
    def deploying(self) -> bool:
        """Whether SageMaker has still to shift, or is shifting, by itself."""
        return self.stage is not None and self.stage.deploys is not None

    @property
    def proven_by(self) -> str | None:
        """What an experiment found that leads to a promotion, as a sentence. None without one."""
        return self.goal.found if self.goal else None

    @property
    def kept_back(self) -> bool:
        """Whether a freeze came after the decision to go forward, before the call."""
        return self.frozen is not None and self.frozen.before_call

    @property
    def asked(self) -> Request:
        """The request. It is missing only if the input was refused."""
        if self.request is None:
            raise Incomplete("this execution has no valid request")
        return self.request

    @property
    def the_endpoint(self) -> str:
        """The endpoint; known from Resolve on."""
        if self.endpoint is None:
            raise Incomplete("this execution has no endpoint yet")
        return self.endpoint

    @property
    def the_key(self) -> Key:
        """What the ledger knows its place by.

        A document of the version before has none: it is about an endpoint.
        """
        return self.key or key_of_endpoint(self.the_endpoint)

    @property
    def claims(self) -> Approval:
        """What this execution was started for."""
        return self.own or Approval("", None, self.started_at)

    @property
    def update_minutes(self) -> int:
        """Minutes after which people are notified of an update. The default before there is a
        plan.
        """
        return self.planned.update_minutes if self.planned else UPDATE_MINUTES

    @property
    def troubled_ms(self) -> int:
        """Time that transient failures of AWS took, in ms. In a rollback it is counted from its
        beginning.
        """
        return self.hindered.spent if self.hindered else 0

    @property
    def rolls_back_on_request(self) -> bool:
        """Whether somebody asked for an earlier package, and nothing else is done yet."""
        return self.why is not None and self.why.kind == "rollback"

    @property
    def goes_all_the_way(self) -> bool:
        """Whether users are on `previous` only once its configuration serves, not once restored.

        True of a requested rollback, and of a stray: nobody knows which package its `live` is.
        """
        stray = self.why is not None and self.why.kind == "stray"
        return stray or self.rolls_back_on_request

    def writer(self, now: int) -> Writer:
        """Who writes to the gate for this document."""
        return Writer(self.execution, self.release or "", self.approved_at, now)

    def begin(self, stage: Stage, position: int, ramp: Ramp | None = None) -> "Run":
        """Go on with a stage of the plan, at a share of it where it is a ramp."""
        return self.then(
            stage.act,
            stage=stage,
            position=position,
            ramp=ramp,
            deployment=None,
            asking=None,
            phase=None,
            waiting=None,
            frozen=None,
            frozen_ms=self.frozen_ms if position == self.position else 0,
        )
