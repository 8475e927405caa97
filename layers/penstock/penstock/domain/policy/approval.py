"""The policy's `approval`: which bars a package has to pass, and who decides."""

from typing import Annotated, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, model_validator

from penstock.domain.policy.section import Section

ReportName = Literal[
    "model_quality",
    "model_data_quality",
    "bias",
    "bias_pre_training",
    "bias_post_training",
    "explainability",
]
Rule = Literal["at_least", "at_most", "at_least_vs_live", "at_most_vs_live"]
RULES: tuple[Rule, ...] = ("at_least", "at_most", "at_least_vs_live", "at_most_vs_live")


def _compiles(metric: str) -> str:
    try:
        jmespath.compile(metric)
    except (JMESPathError, RecursionError) as error:
        raise ValueError(
            "is not a JMESPath expression; a name with other characters than letters, digits "
            'and _ needs double quotes inside the string, such as \\"validation:auc\\"'
        ) from error
    return metric


Metric = Annotated[
    str,
    Field(min_length=1, max_length=256, description="JMESPath into the report."),
    AfterValidator(_compiles),
]


class Bar(Section):
    """A quality gate: one metric of one report and exactly one rule."""

    metric: Metric = Field(
        description="JMESPath expression into the report. An object with `value` means that value."
    )
    report: ReportName = Field(
        default="model_quality", description="The report that the metric is read from."
    )
    at_least: float | None = Field(default=None, description="The lowest value that passes.")
    at_most: float | None = Field(default=None, description="The highest value that passes.")
    at_least_vs_live: float | None = Field(
        default=None, description="The lowest difference, candidate - live, that passes."
    )
    at_most_vs_live: float | None = Field(
        default=None, description="The highest difference, candidate - live, that passes."
    )

    @model_validator(mode="after")
    def _names_one_rule(self) -> "Bar":
        given = [name for name in RULES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a bar needs exactly one of {', '.join(RULES)}; found {found}")
        return self

    @property
    def rule(self) -> Rule:
        """The one rule this bar names."""
        return next(name for name in RULES if getattr(self, name) is not None)

    @property
    def threshold(self) -> float:
        """The figure of the rule."""
        return float(getattr(self, self.rule))


class ApprovalSection(Section):
    """Who decides about a registered package, and by which bars."""

    mode: Literal["automatic", "manual"] = Field(
        default="automatic",
        description="`automatic`: the bars decide. `manual`: a person decides after the review.",
    )
    bars: tuple[Bar, ...] = Field(
        default=(),
        max_length=50,
        description="Quality gates. All have to pass; `automatic` needs at least one.",
    )
    on_miss: Literal["reject", "leave_pending"] = Field(
        default="reject", description="What happens to a package that misses a bar."
    )
    unreviewed: Literal["review", "accept", "refuse"] = Field(
        default="review",
        description=(
            "What happens to a package that was registered as Approved and so never reviewed."
        ),
    )

    @model_validator(mode="after")
    def _automatic_has_bars(self) -> "ApprovalSection":
        if self.mode == "automatic" and not self.bars:
            raise ValueError(
                "automatic approval needs at least one bar in `bars`; to let a person decide, set "
                '`"mode": "manual"`'
            )
        return self
