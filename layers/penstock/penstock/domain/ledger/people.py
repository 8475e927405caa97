"""What people are asked in the middle of a release, and what they answered."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

GateName = Literal["before_traffic", "before_promotion"]
"""Where a release can wait: before any request goes to the candidate, or before all do."""


class Answer(BaseModel):
    """One person's answer."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    gate: GateName = Field(description="Where the release waited.")
    approve: bool = Field(description="Whether it may go on.")
    by: str = Field(description="Who answered.")
    note: str | None = Field(default=None, description="What they noted.")
    at: int = Field(description="When, in ms.")

    @property
    def sentence(self) -> str:
        """The answer as a sentence, without its full stop."""
        said = "approved" if self.approve else "did not approve"
        noted = f": {self.note}" if self.note else ""
        return f"{self.by} {said} at {self.gate}{noted}"

    @property
    def person(self) -> str:
        """What tells people apart: names that differ in case or space only are one person's."""
        return " ".join(self.by.casefold().split())


class People(BaseModel):
    """The gate at which a release waits, or waited last, and every answer to the release."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    release: str = Field(description="Id of the release.")
    gate: GateName = Field(description="Where it waits.")
    step: int = Field(description="The release's step meanwhile. Later ones are past this gate.")
    since: int = Field(description="When it began to wait there, in ms.")
    told: bool = Field(default=False, description="Whether people were asked.")
    answers: tuple[Answer, ...] = Field(
        default=(), description="Every answer, also to other gates."
    )

    @property
    def here(self) -> tuple[Answer, ...]:
        """The answers to this gate."""
        return tuple(answer for answer in self.answers if answer.gate == self.gate)

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Different people who approved, as they were first named."""
        yes = [answer for answer in self.here if answer.approve]
        return tuple({answer.person: answer.by for answer in reversed(yes)}.values())[::-1]

    def with_told(self) -> "People":
        """After people were asked."""
        return self.model_copy(update={"told": True})

    def answered(self, answer: Answer) -> "People":
        """With one more answer."""
        return self.model_copy(update={"answers": (*self.answers, answer)})


def people_of(people: People | None, release: str | None) -> People | None:
    """What a release waits for. The ledger may still say it of the release before."""
    return people if people and people.release == release else None


def answers_of(people: People | None, release: str | None) -> tuple[Answer, ...]:
    """Every answer to a release."""
    mine = people_of(people, release)
    return mine.answers if mine else ()
