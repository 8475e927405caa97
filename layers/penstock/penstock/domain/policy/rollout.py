"""The policy's `rollout`: how the gate opens."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from penstock.domain.ledger.planned import KEEP_RELEASES, UPDATE_MINUTES
from penstock.domain.planning.deployment import Shifting
from penstock.domain.policy.experiment import ExperimentKeys, hundredths
from penstock.domain.policy.guardrail import GuardrailKeys
from penstock.domain.policy.revocation import RevocationKeys
from penstock.domain.policy.section import WEEK, one_of
from penstock.domain.policy.shadowing import ShadowKeys
from penstock.domain.strategies.strategy import WATCH_MINUTES, Strategy
from penstock.domain.strategies.table import STRATEGIES

ALL = 100  # percent
STEP_MINUTES, HOLD_MINUTES = 10, 30
STEP_MINUTES_ADAPTIVE = 3  # at the top share: much was judged before
HOLDBACK_MINUTES = 120
MOST_HELD = 20  # percent

StrategyName = Annotated[
    str,
    AfterValidator(one_of(STRATEGIES)),
    WithJsonSchema({"enum": [*STRATEGIES], "type": "string"}),
]

OPTIONAL = frozenset(key for strategy in STRATEGIES.values() for key in strategy.reads)
"""Keys that only some strategies read: set elsewhere, a policy says what cannot happen."""


def _none_or_one(percent: float) -> float:
    if 0 < percent < 1:
        raise ValueError("must be 0, or from 1 to 20")
    return percent


Percent = Annotated[float, Field(ge=0.01, lt=ALL), AfterValidator(hundredths)]
Increment = Annotated[float, Field(ge=1, lt=ALL), AfterValidator(hundredths)]
Held = Annotated[
    float,
    Field(ge=0, le=MOST_HELD),
    AfterValidator(hundredths),
    AfterValidator(_none_or_one),
]


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else "numbers"


Steps = Annotated[
    Annotated[tuple[Percent, ...], Tag("numbers")]
    | Annotated[Literal["adaptive", "by_traffic"], Tag("word")],
    Discriminator(_form),
]


def _strategy(known: dict[str, object]) -> Strategy | None:
    return STRATEGIES.get(str(known.get("strategy")))


def _default_increment(known: dict[str, object]) -> float | None:
    strategy = _strategy(known)
    return strategy.increment if strategy else None


def _default_steps(known: dict[str, object]) -> tuple[float, ...] | Literal["by_traffic"]:
    increment, strategy = known.get("increment"), _strategy(known)
    if isinstance(increment, float):
        shares = (round(increment * k, 2) for k in range(1, 101))
        return tuple(share for share in shares if share < ALL)
    return "by_traffic" if strategy and strategy.steps else ()


def _default_step(known: dict[str, object]) -> int:
    return STEP_MINUTES_ADAPTIVE if known.get("steps") == "adaptive" else STEP_MINUTES


def _default_hold(known: dict[str, object]) -> int:
    return 0 if known.get("steps") == "adaptive" else HOLD_MINUTES


def _default_holdback(known: dict[str, object]) -> int:
    return HOLDBACK_MINUTES if known.get("holdback_percent") else 0


def _default_watch(known: dict[str, object]) -> int:
    strategy = _strategy(known)
    return strategy.watch_minutes if strategy else WATCH_MINUTES


class RolloutSection(ShadowKeys, ExperimentKeys, GuardrailKeys, RevocationKeys):
    """How the traffic moves to the new package.

    `steps` is () for a release without steps, and `by_traffic` until a plan has chosen them.
    """

    strategy: StrategyName = Field(default="canary", description="How the traffic moves.")
    increment: Increment | None = Field(
        default_factory=_default_increment,
        description="Percent per step, for the strategy linear. Default: 20.",
    )
    steps: Steps = Field(
        default_factory=_default_steps,
        description=(
            "The candidate's share at each step, in percent of the requests, ascending and "
            "below 100; or adaptive; or by_traffic, the default of a canary: adaptive where live's "
            "traffic suffices for a proof, else 5, 25, 50."
        ),
    )
    step_minutes: int = Field(
        default_factory=_default_step,
        ge=1,
        le=WEEK,
        description="Minutes at each step. Default: 10; with adaptive steps 3, at the last share.",
    )
    hold_minutes: int = Field(
        default_factory=_default_hold,
        ge=0,
        le=WEEK,
        description=(
            "Additional bake time at the last step, in minutes. Default: 30; with adaptive steps 0."
        ),
    )
    holdback_percent: Held = Field(
        default=0,
        description=(
            "Percent of the requests that stay on the previous model after the last step, "
            "for the comparison: 0, or from 1 to 20."
        ),
    )
    holdback_minutes: int = Field(
        default_factory=_default_holdback,
        ge=0,
        le=WEEK,
        description="Minutes that they stay there. Default: 120 with a holdback_percent.",
    )
    watch_minutes: int = Field(
        default_factory=_default_watch,
        ge=1,
        le=WEEK,
        description="Bake time after the promotion, in minutes. Default: 10; for all_at_once 60.",
    )
    prove: bool = Field(
        default=True,
        description=(
            "Whether the last of explicit steps is passed only when the margins are proven. "
            "Adaptive steps always ask for that."
        ),
    )
    rehearse: bool = Field(
        default=False,
        description=(
            "Whether the golden requests are first asked on an endpoint of their own, which is "
            "created for that and deleted before the release changes anything."
        ),
    )
    update_minutes: int = Field(
        default=UPDATE_MINUTES,
        ge=5,
        le=480,
        description="Minutes after which people are notified of an update that is not done.",
    )
    on_newer: Literal["supersede", "queue"] = Field(
        default="supersede",
        description="What a newer approval does: take over, or wait for the end of this release.",
    )
    keep_releases: int = Field(
        default=KEEP_RELEASES,
        ge=1,
        le=20,
        description="Number of known-good releases that a rollback can name.",
    )

    @property
    def compares(self) -> bool:
        """Whether candidate and live are compared: beside each other, or by copies."""
        return self.compares_shares or self.copied > 0

    @property
    def compares_shares(self) -> bool:
        """Whether some share is held beside live, and compared with it."""
        beside = STRATEGIES[self.strategy].deploys and self.shifting.beside
        return bool(self.steps) or self.goal is not None or beside

    @property
    def shifting(self) -> Shifting:
        """How SageMaker shifts, with a strategy that has it do so."""
        return self.guardrail

    @property
    def named(self) -> bool:
        """Whether every share is named, or there is none."""
        return not isinstance(self.steps, str)

    @model_validator(mode="after")
    def _is_possible(self) -> "RolloutSection":
        for name in sorted(OPTIONAL - {*STRATEGIES[self.strategy].reads}):
            if getattr(self, name) not in (0, None, self._default(name)):
                raise ValueError(f"`{name}` has no effect with the strategy {self.strategy}")
        for name in STRATEGIES[self.strategy].needs:
            if not getattr(self, name):
                raise ValueError(f"`{name}` is required with the strategy {self.strategy}")
        if problem := self.shadow_problem():
            raise ValueError(problem)
        if not isinstance(self.steps, str):
            self._check_steps(self.steps)
        self._check_holdback()
        return self

    def _default(self, name: str) -> object:
        field = type(self).model_fields[name]
        return field.get_default(call_default_factory=True, validated_data=dict(self))

    def _check_holdback(self) -> None:
        """Check that a part is held back for some time, and that no share is taken back for it.

        A `holdback_percent` of 0 that is written down is a switch: the minutes may stay.
        """
        held, minutes = self.holdback_percent, self.holdback_minutes
        if not held:
            if minutes and "holdback_percent" not in self.model_fields_set:
                raise ValueError(
                    "`holdback_minutes` has no effect without a `holdback_percent`, the part of "
                    "the requests that stays on the previous model"
                )
            return
        if not minutes:
            raise ValueError("`holdback_minutes` must be 1 or more with a `holdback_percent`")
        last, left = 0.0 if isinstance(self.steps, str) else self.steps[-1], round(ALL - held, 2)
        if last > left:
            raise ValueError(
                f"`holdback_percent` {held:g} leaves the candidate {left:g} % of the requests, "
                f"less than its last step of {last:g} %"
            )

    def _check_steps(self, steps: tuple[float, ...]) -> None:
        if STRATEGIES[self.strategy].needs_steps and not steps:
            raise ValueError(
                "`steps` needs at least one share; to release without steps, use the strategy "
                "all_at_once"
            )
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise ValueError(
                "`steps` must be ascending: each share must be greater than the one before"
            )
        if self.goal and steps and steps[-1] > self.share:
            raise ValueError(
                f"`steps` end at {steps[-1]:g} %, above the `share` of {self.share:g} % at which "
                "the goal is tested"
            )
