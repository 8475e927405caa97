"""The policy's `judge.agreement`: how often the candidate has to answer as live does."""

from typing import Annotated, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from penstock.domain.policy.section import Section


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"is not a JMESPath expression: {error}") from error
    return text


Output = Annotated[
    str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_expression)
]


class AgreementSection(Section):
    """How often the answers to copies have to agree with live's answers to the same requests."""

    at_least: float = Field(
        ge=0, le=1, description="Least share of the answers that agree with live's, 0 to 1."
    )
    min_pairs: int = Field(
        default=500,
        ge=1,
        description="Pairs of answers to the same request that have to be seen before it passes.",
    )
    compare: Literal["equal", "number"] = Field(
        default="equal",
        description=(
            "`equal`: the same text, or the same JSON; `number`: numbers may differ by `tolerance`."
        ),
    )
    tolerance: float = Field(
        default=0.0, ge=0, description="Largest difference of two numbers that agree."
    )
    output: Output | None = Field(
        default=None,
        description="JMESPath of what is compared of a JSON answer. Default: all of it.",
    )

    @model_validator(mode="after")
    def _is_possible(self) -> "AgreementSection":
        if self.tolerance and self.compare == "equal":
            raise ValueError("`tolerance` has no effect with `compare` equal; use number")
        return self
