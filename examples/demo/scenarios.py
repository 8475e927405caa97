"""The scenarios: what is released, how it must end, and how the demo checks that."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from examples.demo import figures
from examples.demo.comparison import picture
from examples.demo.moments import REVIEWED, Event, bars_of, harm_before_restore, review_of
from examples.demo.operator import POLICY
from examples.demo.recording import Instant, Recording
from examples.demo.report import Check, Ending, Scenario
from examples.screening.candidates import BETTER, FIRST, HASTY, WEAK, Candidate
from penstock.domain.policy.policy import parse_policy
from twin.observations import Execution


@dataclass(frozen=True)
class Script:
    """A model to release and its expected outcome. At the end `serves` takes all traffic."""

    name: str
    title: str
    candidate: Candidate
    expected: Ending
    serves: Candidate

    @property
    def story(self) -> str:
        """A sentence about the candidate."""
        return f"The model “{self.candidate.name}”: {self.candidate.story}."


SCRIPTS = (
    Script("first_release", "A first release creates the endpoint", FIRST, "promoted", FIRST),
    Script("better_model", "A better model is promoted", BETTER, "promoted", BETTER),
    Script("failing_model", "A failing model is rolled back", HASTY, "rolled_back", BETTER),
    Script("below_its_bar", "A model below its bar is rejected", WEAK, "rejected", BETTER),
)
ENDINGS: dict[str, Ending] = {"promoted": "promoted", "rolled_back": "rolled_back"}


@dataclass(frozen=True)
class Ended:
    """Everything known about a scenario that is over.

    `execution` is None if no release was started.
    """

    script: Script
    endpoint: str
    package: Any
    execution: Execution | None
    recording: Recording
    events: Sequence[Event]
    at: Instant
    transcript: str | None = None

    @property
    def outcome(self) -> Ending:
        """The outcome, according to the registry and the execution."""
        if self.package["ModelApprovalStatus"] == "Rejected" and self.execution is None:
            return "rejected"
        return ENDINGS.get(self._said.get("ending", ""), "unfinished")

    @property
    def reason(self) -> str:
        """The release's own reason, or else that of the review."""
        if said := self._said.get("reason"):
            return str(said)
        return "; ".join(map(review_of, self.reviews)) or "nothing happened after the registration"

    @property
    def reviews(self) -> list[Event]:
        """The events in which Penstock announced its reviews of the package."""
        return [event for event in self.events if event["detail-type"] == REVIEWED]

    @property
    def comparison(self) -> str | None:
        """The chart of the judged minutes as an SVG. None if no minute was judged."""
        if self.transcript is None:
            return None
        return picture(
            self.transcript, parse_policy(POLICY.read_text(), "1"), self.outcome, self.reason
        )

    @property
    def _said(self) -> dict[str, Any]:
        if self.execution is None or self.execution.status == "RUNNING":
            return {}
        said = self.execution.output or self.execution.cause
        return said if isinstance(said, dict) else {"reason": json.dumps(said)}

    def checks(self) -> Iterator[Check]:
        """Check from outside whether the endpoint and its traffic agree with the outcome."""
        last, serves = self.recording.samples[-1], self.script.serves.name
        yield Check(
            words=f"at the end the endpoint is InService and “{serves}” takes all traffic",
            passed=last.status == "InService" and dict(last.shares) == {serves: 100.0},
        )
        match self.script.expected:
            case "promoted":
                yield self._nobody_hurt()
            case "rolled_back":
                yield from self._hurt_and_restored()
            case _:
                yield self._untouched()

    def _nobody_hurt(self) -> Check:
        failed = sum(request.failed for request in self.recording.requests)
        return Check(words=f"{failed} requests failed", passed=failed == 0)

    def _hurt_and_restored(self) -> Iterator[Check]:
        yield Check(
            words="the comparison with live or an alarm showed harm before the rollback",
            passed=harm_before_restore(self.events, self.endpoint),
        )
        failed = {request.model for request in self.recording.requests if request.failed}
        yield Check(
            words=f"requests failed, all of them at “{self.script.candidate.name}”",
            passed=failed == {self.script.candidate.name},
        )

    def _untouched(self) -> Check:
        answered = {request.model for request in self.recording.requests}
        return Check(
            words="no release was started and no request reached the model",
            passed=self.execution is None and self.script.candidate.name not in answered,
        )


def summary(ended: Ended) -> Scenario:
    """Return the scenario's part of the report."""
    script, recording = ended.script, ended.recording
    return Scenario(
        name=script.name,
        title=script.title,
        story=script.story,
        model=script.candidate.name,
        expected=script.expected,
        outcome=ended.outcome,
        reason=ended.reason,
        checks=list(ended.checks()),
        seconds=round(ended.at.real - recording.began.real, 1),
        simulated_seconds=round(ended.at.simulated - recording.began.simulated, 1),
        requests=figures.answered(recording.requests),
        first_bad_request_to_restored=figures.restored(recording),
        bars=[bar for review in ended.reviews[-1:] for bar in bars_of(review)],
        timeline=figures.told(recording),
        shares=figures.steps(recording),
        comparison=ended.comparison,
        minutes=figures.minutes(recording),
    )
