"""The policy's `rollout`: how the gate opens."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from penstock.domain.policy.section import WEEK, Section

Strategy = Literal["canary", "linear", "ab", "shadow", "guardrail", "all_at_once"]

ALL = 100  # percent
CANARY_STEPS = (5.0, 25.0, 50.0)
LINEAR_INCREMENT = 20.0
STEP_MINUTES, HOLD_MINUTES = 10, 30
STEP_MINUTES_ADAPTIVE = 3  # at the top share: much was judged before
WATCH_MINUTES = 10
UPDATE_MINUTES = 60
WATCH_MINUTES_ALL_AT_ONCE = 60  # nothing was judged before the swap, so more after it

# Keys that only some strategies read: a policy that sets them elsewhere says what cannot happen.
READ_BY: dict[str, tuple[Strategy, ...]] = {
    "increment": ("linear",),
    "steps": ("canary", "ab", "guardrail", "shadow"),
    "step_minutes": ("canary", "linear", "ab", "guardrail", "shadow"),
    "hold_minutes": ("canary", "linear", "ab", "guardrail", "shadow"),
    "shadow_minutes": ("canary", "linear", "ab", "guardrail", "shadow"),
}


def _hundredths(percent: float) -> float:
    if round(percent, 2) != percent:
        raise ValueError("must have at most two decimals: weights are integers out of 10,000")
    return percent


Percent = Annotated[float, Field(ge=0.01, lt=ALL), AfterValidator(_hundredths)]
Increment = Annotated[float, Field(ge=1, lt=ALL), AfterValidator(_hundredths)]


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else "numbers"


STEPS_FORMS = ("word", "numbers")  # pydantic puts the form into the path of an error
Steps = Annotated[
    Annotated[tuple[Percent, ...], Tag("numbers")] | Annotated[Literal["adaptive"], Tag("word")],
    Discriminator(_form),
]


def _default_increment(known: dict[str, object]) -> float | None:
    return LINEAR_INCREMENT if known.get("strategy") == "linear" else None


def _default_steps(known: dict[str, object]) -> tuple[float, ...]:
    increment = known.get("increment")
    if isinstance(increment, float):
        shares = (round(increment * k, 2) for k in range(1, 101))
        return tuple(share for share in shares if share < ALL)
    return CANARY_STEPS if known.get("strategy") == "canary" else ()


def _default_step(known: dict[str, object]) -> int:
    return STEP_MINUTES_ADAPTIVE if known.get("steps") == "adaptive" else STEP_MINUTES


def _default_hold(known: dict[str, object]) -> int:
    return 0 if known.get("steps") == "adaptive" else HOLD_MINUTES


def _default_watch(known: dict[str, object]) -> int:
    swaps = known.get("strategy") == "all_at_once"
    return WATCH_MINUTES_ALL_AT_ONCE if swaps else WATCH_MINUTES


class Rollout(Section):
    """How the candidate's share grows; `steps` is always what will be done, () without steps."""

    strategy: Strategy = "canary"
    increment: Increment | None = Field(
        default_factory=_default_increment, description="Percent per step; linear only (20)."
    )
    steps: Steps = Field(
        default_factory=_default_steps,
        description="Percent of requests, ascending, below 100; or adaptive. Canary: 5, 25, 50.",
    )
    step_minutes: int = Field(
        default_factory=_default_step, ge=1, le=WEEK, description="10; adaptive: 3, at the top."
    )
    hold_minutes: int = Field(
        default_factory=_default_hold, ge=0, le=WEEK, description="30; adaptive: 0."
    )
    watch_minutes: int = Field(
        default_factory=_default_watch, ge=1, le=WEEK, description="10; all_at_once: 60."
    )
    shadow_minutes: int = Field(default=0, ge=0, le=WEEK)
    update_minutes: int = Field(default=UPDATE_MINUTES, ge=5, le=480)
    on_newer: Literal["supersede", "queue"] = "supersede"
    keep_releases: int = Field(default=5, ge=1, le=20)

    @model_validator(mode="after")
    def _is_possible(self) -> "Rollout":
        for name, strategies in READ_BY.items():
            idle = getattr(self, name) in (0, None, self._default(name))
            if self.strategy not in strategies and not idle:
                raise ValueError(f"`{name}` means nothing with the strategy {self.strategy}")
        if self.steps != "adaptive":
            self._check_steps(self.steps)
        return self

    def _default(self, name: str) -> object:
        field = type(self).model_fields[name]
        return field.get_default(call_default_factory=True, validated_data=dict(self))

    def _check_steps(self, steps: tuple[float, ...]) -> None:
        if self.strategy == "canary" and not steps:
            raise ValueError("`steps` needs at least one share; without steps use all_at_once")
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise ValueError("`steps` must be ascending: every share above the one before it")
