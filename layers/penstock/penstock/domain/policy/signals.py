"""Signals: 0/1 labels of requests that candidate and live are compared by."""

import re
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from penstock.domain.policy.section import Section

BuiltIn = Literal["errors", "latency", "latency_quantiles", "client_errors"]
_PLACES = ("{endpoint}", "{variant}", "{config}")
EITHER_VARIANT = {"EndpointName": "{endpoint}", "VariantName": "{variant}"}


def _tell_apart(dimensions: dict[str, str]) -> dict[str, str]:
    values = " ".join(dimensions.values())
    if "{variant}" not in values:
        raise ValueError(
            "one value must contain {variant}; otherwise live and candidate share one time series"
        )
    unknown = [place for place in re.findall(r"\{[^}]*\}?", values) if place not in _PLACES]
    if unknown:
        raise ValueError(f"{unknown[0]} is not one of {', '.join(_PLACES)}")
    return dimensions


def _not_built_in(name: str) -> str:
    if name in get_args(BuiltIn):
        raise ValueError(f"{name} is the name of a built-in signal")
    return name


SignalName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$"), AfterValidator(_not_built_in)
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
LONGEST_WORD = 64
Word = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_WORD)]
"""Of a stratum's name, which an execution's document carries several times."""
Dimensions = Annotated[
    dict[Text, Text],
    Field(
        min_length=1,
        max_length=30,
        description=(
            "Dimensions of the metric; {endpoint}, {variant} and {config} stand for the names "
            "of the release."
        ),
    ),
    AfterValidator(_tell_apart),
]


MOST_VALUES = 20
"""Strata of one signal."""


class CustomSignal(Section):
    """A custom metric: one datum per request, 1 for a bad answer and 0 for a good one."""

    name: SignalName = Field(description="The signal's name in verdicts and records.")
    namespace: Text = Field(description="CloudWatch namespace.")
    metric: Text = Field(description="CloudWatch metric name.")
    dimensions: Dimensions = EITHER_VARIANT
    margin: float = Field(
        default=0.02,
        ge=0,
        lt=1,
        description="By how much the candidate may be worse, as a fraction of the requests.",
    )
    slack: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description=(
            "An excess that counts as no harm, as a fraction of the requests. Default: a tenth "
            "of the margin."
        ),
    )
    by: Word | None = Field(
        default=None,
        description=(
            "One more dimension of the metric, such as Route. Requests with each of its `values` "
            "are compared apart, and all of them together."
        ),
    )
    values: tuple[Word, ...] = Field(
        default=(),
        description=(
            "The values of the dimension `by`, at most 20. Default: those that CloudWatch lists "
            "when the release is planned."
        ),
    )

    @property
    def tells_configs_apart(self) -> bool:
        """Whether each configuration has a time series of its own."""
        return any("{config}" in value for value in self.dimensions.values())

    @model_validator(mode="after")
    def _is_stratified(self) -> "CustomSignal":
        if self.values and not self.by:
            raise ValueError("`values` needs `by`: the dimension that has these values")
        if self.by in self.dimensions:
            raise ValueError(f"`by`: {self.by} is one of `dimensions` already")
        if len(self.values) > MOST_VALUES:
            raise ValueError(
                f"`values` lists {len(self.values)} values of {self.by}, and at most {MOST_VALUES} "
                "can be compared apart: list those that matter most"
            )
        if len(set(self.values)) < len(self.values):
            raise ValueError("`values` lists a value twice")
        return self


def _form(value: object) -> str:
    return "word" if isinstance(value, str) else "custom"


Signal = Annotated[
    Annotated[BuiltIn, Tag("word")] | Annotated[CustomSignal, Tag("custom")],
    Discriminator(_form),
]


def name_of(signal: "BuiltIn | CustomSignal") -> str:
    """The signal's name in verdicts and records."""
    return signal if isinstance(signal, str) else signal.name
