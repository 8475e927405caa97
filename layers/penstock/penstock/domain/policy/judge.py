"""The policy's `judge`: what speaks against the candidate."""

from typing import Literal

from pydantic import Field, model_validator

from penstock.domain.policy.section import WEEK, Section
from penstock.domain.policy.signals import CustomSignal, Signal, name_of


class Margins(Section):
    """By how much the candidate may be worse than live: fractions of requests."""

    errors: float = Field(default=0.005, ge=0, lt=1)
    latency: float = Field(default=0.02, ge=0, lt=1)
    client_errors: float = Field(default=0.02, ge=0, lt=1)


def _default_signals(known: dict[str, object]) -> tuple[Signal, ...]:
    return ("errors",) if known.get("latency_objective_ms") is None else ("errors", "latency")


class Judge(Section):
    """What counts as harm, as doubt, and as enough."""

    latency_objective_ms: float | None = Field(default=None, gt=0, le=60_000)
    signals: tuple[Signal, ...] = Field(
        default_factory=_default_signals,
        min_length=1,
        max_length=10,
        description="What candidate and live are compared by; errors, and latency if it has one.",
    )
    min_requests: int = Field(default=200, ge=1)
    warm_up_minutes: int = Field(default=3, ge=0, le=60)
    deadline_minutes: int = Field(default=240, ge=1, le=WEEK)
    wait_hours: int = Field(default=24, ge=1, le=168)
    on_inconclusive: Literal["wait", "promote", "roll_back"] = "wait"
    false_rollback_rate: float = Field(default=0.01, gt=0, le=0.5)
    tolerance: float = Field(default=1.1, ge=1)
    attempts: int = Field(
        default=1,
        ge=1,
        le=20,
        description="How often one failure is counted where clients try again on the same variant.",
    )
    margins: Margins = Margins()

    @model_validator(mode="after")
    def _is_possible(self) -> "Judge":
        names = self.signal_names
        if len(set(names)) != len(names):
            raise ValueError("`signals` lists a signal twice")
        if "latency" in self.signals and self.latency_objective_ms is None:
            raise ValueError("`signals`: latency needs `latency_objective_ms`")
        return self

    @property
    def signal_names(self) -> tuple[str, ...]:
        """What the signals are called in verdicts and records."""
        return tuple(map(name_of, self.signals))

    @property
    def all_margins(self) -> dict[str, float]:
        """The largest excess rate of each signal that is still promoted."""
        own = {s.name: s.margin for s in self.signals if isinstance(s, CustomSignal)}
        return {**self.margins.model_dump(), **own}
