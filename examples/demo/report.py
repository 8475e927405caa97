"""The demo's report as it stands in out/demo/report.json; the page is made of nothing else."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

Ending = Literal["promoted", "rolled_back", "rejected", "unfinished"]


class Document(BaseModel):
    """Part of a report that is never changed once made."""

    model_config = ConfigDict(frozen=True)


class Answered(Document):
    """Requests one model answered behind one variant."""

    variant: str
    model: str
    served: int
    failed: int


class Restored(Document):
    """How long users were hurt: first bad request to the model taking no traffic."""

    simulated_seconds: float
    real_seconds: float
    from_minute: float
    bad_requests: int


class Minute(Document):
    """One model's requests in one simulated minute of a scenario."""

    minute: int
    model: str
    served: int
    failed: int


class Step(Document):
    """Shares of traffic in percent by model, from this minute on."""

    minute: float
    shares: dict[str, float]


class Told(Document):
    """Something that happened at a minute of a scenario."""

    minute: float
    title: str
    text: str
    bad: bool


class Bar(Document):
    """One bar of the policy as the review held it against the candidate."""

    rule: str
    value: str
    passed: bool


class Check(Document):
    """Something looked up afterwards, apart from what the release says of itself."""

    words: str
    passed: bool


class Scenario(Document):
    """One scenario: what was expected, what came of it, and what was seen on the way.

    `comparison` is an SVG; there is none where no candidate stood beside a live model.
    """

    name: str
    title: str
    story: str
    model: str
    expected: Ending
    outcome: Ending
    reason: str
    checks: list[Check]
    seconds: float
    simulated_seconds: float
    requests: list[Answered]
    first_bad_request_to_restored: Restored | None
    bars: list[Bar]
    timeline: list[Told]
    shares: list[Step]
    comparison: str | None = None
    minutes: list[Minute]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented use
    @property
    def as_expected(self) -> bool:
        """Whether the scenario ended as it had to, by what it says and by what was looked up."""
        return self.outcome == self.expected and all(check.passed for check in self.checks)


class Report(Document):
    """A whole run."""

    banner: str
    speed: float
    not_enforced: list[str]
    seconds: float
    peak_memory_mib: float
    scenarios: list[Scenario]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented use
    @property
    def as_expected(self) -> bool:
        """Whether there were scenarios and every one ended as it had to."""
        return bool(self.scenarios) and all(one.as_expected for one in self.scenarios)
