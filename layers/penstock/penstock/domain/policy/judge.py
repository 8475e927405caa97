"""The policy's `judge`: what speaks against the candidate."""

from typing import Literal

from pydantic import Field, model_validator

from penstock.domain.policy.agreement import AgreementSection
from penstock.domain.policy.section import WEEK, Section, by_default
from penstock.domain.policy.signals import CustomSignal, Signal, name_of

LEAST_OF_MARGIN = 10
"""The default slack is the margin over this."""
MOST_STRATA = 40
"""Strata of all signals: the document of an execution carries the evidence of each."""


class Margins(Section):
    """Non-inferiority margins: the fraction of requests by which the candidate may be worse."""

    errors: float = Field(
        default=0.005,
        ge=0,
        lt=1,
        description="Margin for requests without a good answer, as a fraction of the requests.",
    )
    latency: float = Field(
        default=0.02,
        ge=0,
        lt=1,
        description=(
            "Margin for slow answers, and for answers above live's 95 and 99 % quantiles, as a "
            "fraction of the requests."
        ),
    )
    client_errors: float = Field(
        default=0.02,
        ge=0,
        lt=1,
        description="Margin for answers with a 4xx, as a fraction of the requests.",
    )


class Slacks(Section):
    """Excess rates too small to matter, as fractions of the requests."""

    errors: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="For requests without a good answer. Default: a tenth of the margin.",
    )
    latency: float | None = Field(
        default=None, ge=0, lt=1, description="For slow answers. Default: a tenth of the margin."
    )
    client_errors: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="For answers with a 4xx. Default: a tenth of the margin.",
    )


def _default_signals(known: dict[str, object]) -> tuple[Signal, ...]:
    objective = known.get("latency_objective_ms") is not None
    return ("errors", *(("latency",) if objective else ()), "latency_quantiles")


class JudgeSection(Section):
    """What counts as harm, what as doubt, and what as enough evidence."""

    latency_objective_ms: float | None = Field(
        default=None,
        gt=0,
        le=60_000,
        description=(
            "An answer that takes longer is slow, in milliseconds. Without it latency is compared "
            "with live's quantiles only."
        ),
    )
    signals: tuple[Signal, ...] = Field(
        default_factory=_default_signals,
        min_length=1,
        max_length=10,
        description=(
            "What candidate and live are compared by. Default: errors, latency if "
            "latency_objective_ms is set, and latency_quantiles."
        ),
    )
    min_requests: int = Field(
        default=200,
        ge=1,
        description="Requests of the candidate that must have been judged before a step passes.",
    )
    warm_up_minutes: int = Field(
        default=3,
        ge=0,
        le=60,
        description=(
            "Minutes after a swap, and after the first requests, in which nothing is judged."
        ),
    )
    cold_start_minutes: int = Field(
        default=7,
        ge=0,
        le=60,
        description=(
            "Minutes after the warm-up in which a difference may be a cold start. Only failures of "
            "more than 6 % of the requests beyond live's roll back then; 0: any harm does."
        ),
    )
    deadline_minutes: int = Field(
        default=240,
        ge=1,
        le=WEEK,
        description="Minutes after which a step with too little to judge is inconclusive.",
    )
    wait_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours after which `on_inconclusive: wait` rolls back.",
    )
    on_inconclusive: Literal["wait", "promote", "roll_back"] = Field(
        default="wait",
        description=(
            "What happens to an inconclusive step. `wait`: people are notified and the share stays."
        ),
    )
    false_rollback_rate: float = Field(
        default=0.01,
        gt=0,
        le=0.5,
        description="Probability with which a harmless candidate may be rolled back.",
    )
    tolerance: float | None = Field(
        default=None,
        ge=1,
        description=(
            "The multiple of live's rate that still counts as harmless. Default: learned from how "
            "much live varies by itself, from 1.1 to 1.25; to 1.5 by enhanced metrics."
        ),
    )
    attempts: int | None = Field(
        default=None,
        ge=1,
        le=20,
        description=(
            "How often one failure is counted because clients retry on the same variant. Default: "
            "learned from live's instances by enhanced metrics, from 1 to 5; otherwise 1."
        ),
    )
    margins: Margins = Field(
        default_factory=Margins,
        json_schema_extra=by_default(Margins),
        description="By how much the candidate may be worse than live.",
    )
    agreement: AgreementSection | None = Field(
        default=None,
        description="How often a shadow has to answer as live does. Without it nobody compares.",
    )
    slack: Slacks = Field(
        default_factory=Slacks,
        json_schema_extra=by_default(Slacks),
        description=("An excess that counts as no harm, whatever multiple of live's rate it is."),
    )

    @model_validator(mode="after")
    def _is_possible(self) -> "JudgeSection":
        names = self.signal_names
        if len(set(names)) != len(names):
            raise ValueError("`signals` lists a signal twice")
        if "latency" in self.signals and self.latency_objective_ms is None:
            raise ValueError("`signals`: latency needs `latency_objective_ms`")
        for name, slack in self.all_slacks.items():
            if slack > self.all_margins[name]:
                raise ValueError(
                    f"`slack`: that of {name} ({slack:g}) is above its margin "
                    f"({self.all_margins[name]:g}), so an excess between the two would be neither "
                    "proven harmless nor rolled back"
                )
        strata = sum(len(s.values) for s in self.signals if isinstance(s, CustomSignal))
        if strata > MOST_STRATA:
            raise ValueError(
                f"`signals` have {strata} `values` in all, and at most {MOST_STRATA} can be "
                "compared apart: list those that matter most"
            )
        return self

    @property
    def compares_answers(self) -> bool:
        """Whether the answers to copies are compared with live's."""
        return self.agreement is not None

    @property
    def signal_names(self) -> tuple[str, ...]:
        """What the signals are called in verdicts and records."""
        return tuple(map(name_of, self.signals))

    @property
    def all_margins(self) -> dict[str, float]:
        """The largest excess rate of each signal that is still promoted."""
        own = {s.name: s.margin for s in self.signals if isinstance(s, CustomSignal)}
        return {**self.margins.model_dump(), **own}

    @property
    def all_slacks(self) -> dict[str, float]:
        """The largest excess rate of each signal that is no harm."""
        own = {s.name: s.slack for s in self.signals if isinstance(s, CustomSignal)}
        given = {**self.slack.model_dump(), **own}
        return {
            name: margin / LEAST_OF_MARGIN if given[name] is None else given[name]
            for name, margin in self.all_margins.items()
        }
