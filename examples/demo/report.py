"""The demo's report, as written to report.json. The page is made from it alone."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

Ending = Literal["promoted", "observed", "rolled_back", "rejected", "unfinished"]
Role = Literal["waiting", "candidate", "back"]


class Document(BaseModel):
    """An immutable part of the report."""

    model_config = ConfigDict(frozen=True)


class Answered(Document):
    """The requests that one model answered behind one variant."""

    variant: str
    model: str
    served: int
    failed: int


class Restored(Document):
    """How long users were affected: from the first bad request until its model got no traffic."""

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
    """Traffic shares in percent by model, from this minute on."""

    minute: float
    shares: dict[str, float]


class Told(Document):
    """Something that happened at a minute of a scenario."""

    minute: float
    title: str
    text: str
    bad: bool


class Bar(Document):
    """One bar of the policy, as the review compared it with the candidate's report."""

    rule: str
    value: str
    passed: bool


class Span(Document):
    """A part of a band, from one minute to another.

    `label` is its short name, `text` a sentence. With `back` the old fleet is being taken back.
    """

    minute: float
    until: float
    role: Role
    label: str
    text: str


class Band(Document):
    """What one thing was doing over time, in parts that follow each other."""

    title: str
    spans: list[Span]


class Pairs(Document):
    """Pairs of answers by one look, and the bounds of the share that differs."""

    minute: float
    pairs: int
    differing: int
    least: float
    most: float


class Difference(Document):
    """Two answers to one request that differ."""

    inference_id: str
    live: str
    candidate: str


class Agreement(Document):
    """How often a shadow answered as live did. `left_out` says what could not be compared."""

    at_least: float
    min_pairs: int
    pairs: int
    differing: int
    left_out: list[str]
    course: list[Pairs]
    differences: list[Difference]


class GoalLook(Document):
    """The candidate's mean outcome minus live's at one look, with its interval."""

    minute: float
    effect: float
    low: float
    high: float


class Experiment(Document):
    """What was known of the goal of an A/B test at its end, and the looks before.

    The evidence for either direction is a natural logarithm, and decides at `decides_at`.
    """

    goal: str
    decision: Literal["better", "worse", "no_relevant_difference", "open"]
    reason: str
    confidence: float
    least_effect: float
    live: float
    candidate: float
    live_outcomes: float
    candidate_outcomes: float
    log_better: float
    log_worse: float
    decides_at: float
    course: list[GoalLook]


class Check(Document):
    """A check that the demo makes itself, without relying on the release's own report."""

    words: str
    passed: bool


class Scenario(Document):
    """One scenario: what was expected, how it ended, and what was seen on the way.

    `comparison` is an SVG. It is None if no candidate was compared with a live model. `unit` is
    what the shares are of. `taken_back` is what made SageMaker undo a deployment of its own.
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
    unit: Literal["traffic", "capacity"] = "traffic"
    bands: list[Band] = []
    taken_back: str | None = None
    agreement: Agreement | None = None
    experiment: Experiment | None = None
    comparison: str | None = None
    minutes: list[Minute]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented use
    @property
    def as_expected(self) -> bool:
        """Whether the outcome is the expected one and every check passed."""
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
        """Whether there were scenarios and every one ended as expected."""
        return bool(self.scenarios) and all(one.as_expected for one in self.scenarios)
