"""Strategies: which keys of `rollout` each reads, and the stages that it makes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from penstock.domain.judging.demand import Demand
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.judgement import OnInconclusive, Rules
from penstock.domain.kinds.kind import Contents
from penstock.domain.planning.deployment import Shifting
from penstock.domain.planning.stage import Stage

WATCH_MINUTES = 10
HOLDBACK_KEYS = ("holdback_percent", "holdback_minutes")
"""Keys that a strategy reads whose last share leaves live beside the candidate."""
EXPERIMENT_KEYS = ("goal", "share", "max_days", "on_no_difference")
"""Keys that a strategy reads that holds a share until a goal decides."""
GUARDRAIL_KEYS = ("traffic", "size_percent", "wait_minutes", "termination_minutes")
"""Keys that a strategy reads with which SageMaker shifts by itself."""


class GoalKeys(Protocol):
    """The keys of the policy's `rollout.goal` that strategies read."""

    @property
    def name(self) -> str:
        """What the goal is called."""
        ...

    @property
    def delay_minutes(self) -> int:
        """Minutes after a request until its outcome is published."""
        ...


class RolloutKeys(Protocol):
    """The keys of the policy's `rollout` that strategies read, in minutes and percent of the
    requests.
    """

    @property
    def steps(self) -> tuple[float, ...] | Literal["adaptive", "by_traffic"]:
        """Every share in turn, or `adaptive`: the comparison with live chooses them. `by_traffic`:
        they are not chosen yet.
        """
        ...

    @property
    def step_minutes(self) -> int:
        """Minutes that a share lasts."""
        ...

    @property
    def prove(self) -> bool:
        """Whether the last of explicit steps asks for a proof."""
        ...

    @property
    def hold_minutes(self) -> int:
        """Additional minutes of the last share."""
        ...

    @property
    def holdback_percent(self) -> float:
        """What stays on the previous model after the last share; 0 for nothing."""
        ...

    @property
    def holdback_minutes(self) -> int:
        """Minutes that it stays there."""
        ...

    @property
    def shifting(self) -> Shifting:
        """How SageMaker shifts by itself."""
        ...

    @property
    def update_minutes(self) -> int:
        """Minutes that new instances may take to come up."""
        ...

    @property
    def shadow_minutes(self) -> int:
        """Minutes in which the candidate answers copies of the requests; 0: there are none."""
        ...

    @property
    def copied(self) -> float:
        """Percent of the requests that are copied then; 0 without a shadow."""
        ...

    @property
    def watch_minutes(self) -> int:
        """Minutes that the promoted package is watched."""
        ...

    @property
    def share(self) -> float:
        """The largest share of adaptive steps, at which a goal is tested, if there is one."""
        ...

    @property
    def goal(self) -> GoalKeys | None:
        """What decides about an experiment; None: there is none."""
        ...

    @property
    def max_days(self) -> int:
        """Days that the goal may take."""
        ...


class JudgeKeys(Protocol):
    """The keys of the policy's `judge` that strategies read."""

    @property
    def signal_names(self) -> tuple[str, ...]:
        """What live and candidate are compared by."""
        ...

    @property
    def compares_answers(self) -> bool:
        """Whether the answers to copies are compared with live's."""
        ...

    @property
    def min_requests(self) -> int:
        """Least requests before a step passes."""
        ...

    @property
    def warm_up_minutes(self) -> int:
        """Minutes of a new fleet that are not judged."""
        ...

    @property
    def deadline_minutes(self) -> int:
        """Minutes that a stage may be in doubt."""
        ...

    @property
    def wait_hours(self) -> int:
        """Hours that a person may take to decide."""
        ...

    @property
    def on_inconclusive(self) -> OnInconclusive:
        """What happens to an inconclusive stage."""
        ...


class Draft(NamedTuple):
    """What a strategy makes stages of: the policy, the kind's contents, and the demand.

    `demand` is what live served lately; None: nothing is known of it. `first`: nothing serves yet.
    """

    rollout: RolloutKeys
    judge: JudgeKeys
    settings: JudgeSettings
    contents: Contents
    demand: Demand | None
    first: bool

    def rules(
        self, minutes: int, *, quiet: int = 0, requests: bool = True, prove: bool = False
    ) -> Rules:
        """The rules of a stage that lasts `minutes`, of which the first `quiet` are not judged.

        `prove`: it is not passed before the margins are proven.
        """
        return Rules(
            minutes=max(minutes, quiet),
            quiet_minutes=quiet,
            min_requests=self.judge.min_requests if requests else 0,
            deadline_minutes=self.judge.deadline_minutes,
            wait_minutes=60 * self.judge.wait_hours,
            on_inconclusive=self.judge.on_inconclusive,
            prove=prove,
        )


def _nothing(_: Draft) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True)
class Strategy:
    """One line of the table of strategies.

    `reads` are keys of `rollout` that not every strategy reads: a policy that sets another one says
    what cannot happen. `needs` are those that a policy has to set. `increment` and `watch_minutes`
    are its defaults, and `steps` in percent are taken where the policy leaves them open and the
    traffic suffices for no proof. `instances` is the least `serving.instance_count`, with the
    reason. `deploys`: SageMaker shifts by itself, under one variant name. `notes` tells what people
    may not expect of such a release.
    """

    name: str
    reads: tuple[str, ...]
    stages: Callable[[Draft], Iterator[Stage]]
    notes: Callable[[Draft], Iterator[str]] = field(default=_nothing)
    steps: tuple[float, ...] = ()
    needs: tuple[str, ...] = ()
    needs_steps: bool = False
    increment: float | None = None
    watch_minutes: int = WATCH_MINUTES
    instances: tuple[int, str] = (1, "")
    deploys: bool = False
