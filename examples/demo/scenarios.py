"""How a scenario ended, and how the demo checks that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from examples.demo import figures
from examples.demo.comparison import picture
from examples.demo.deployment import deployment_of, undone_by
from examples.demo.evidence import agreement_of, experiment_of
from examples.demo.moments import REVIEWED, Event, bars_of, harm_before_restore, review_of
from examples.demo.recording import Instant, Recording
from examples.demo.report import Check, Ending, Scenario
from examples.demo.scripts import Script
from penstock.domain.policy.policy import parse_policy
from twin.observations import Execution

ENDINGS: dict[str, Ending] = {
    "promoted": "promoted",
    "observed": "observed",
    "rolled_back": "rolled_back",
}

WARNED = {
    False: "the comparison with live or an alarm showed harm",
    True: "the answers, the comparison with live or an alarm spoke against the shadow",
}


@dataclass(frozen=True)
class Ended:
    """Everything known about a scenario that is over.

    `execution` is None if no release was started. `agreement` and `goal` are the versions of these
    documents in the evidence bucket, oldest first.
    """

    script: Script
    endpoint: str
    package: Any
    execution: Execution | None
    recording: Recording
    events: Sequence[Event]
    at: Instant
    transcript: str | None = None
    agreement: Sequence[Mapping[str, Any]] = ()
    goal: Sequence[Mapping[str, Any]] = ()

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
        policy = parse_policy(self.script.policy.read_text(), "1")
        return picture(self.transcript, policy, self.outcome, self.reason)

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
        if self.script.shielded:
            yield self._unseen()
        match self.script.expected:
            case "promoted" | "observed":
                yield self._nobody_hurt()
            case "rolled_back":
                yield self._warned()
                yield self._nobody_hurt() if self.script.shielded else self._hurt_alone()
            case _:
                yield self._untouched()

    def _nobody_hurt(self) -> Check:
        failed = sum(request.failed for request in self.recording.requests)
        return Check(words=f"{failed} requests failed", passed=failed == 0)

    def _warned(self) -> Check:
        return Check(
            words=f"{WARNED[self.script.shielded]} before the rollback",
            passed=harm_before_restore(self.events, self.endpoint),
        )

    def _unseen(self) -> Check:
        model = self.script.candidate.name
        answered = sum(request.model == model for request in self.recording.requests)
        return Check(words=f"callers got {answered} answers of “{model}”", passed=answered == 0)

    def _hurt_alone(self) -> Check:
        failed = {request.model for request in self.recording.requests if request.failed}
        return Check(
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
    began, deployment = recording.began, deployment_of(ended.events, recording.began)
    bands = [band for band in (figures.copied(recording), deployment) if band]
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
        unit="capacity" if deployment else "traffic",
        bands=bands,
        taken_back=undone_by(ended.events, ended.endpoint) if deployment else None,
        agreement=agreement_of(ended.agreement[-1], began) if ended.agreement else None,
        experiment=experiment_of(ended.goal, began),
        comparison=ended.comparison,
        minutes=figures.minutes(recording),
    )
