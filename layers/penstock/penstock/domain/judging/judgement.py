"""One look at a watched share of traffic: what the release does next, and why."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.assessment import Assessment, Finding
from penstock.domain.judging.opinion import Opinion, first

AlarmValue = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
VerdictAction = Literal["advance", "move", "hold", "frozen", "roll_back", "ask", "observe"]
"""move: another share; frozen: hold on, because a freeze keeps the release from going forward; ask:
hold on, and tell people once that nothing could be decided; observe: keep live, as planned.
"""
OnInconclusive = Literal["wait", "promote", "roll_back"]
OVERLOAD = 1.25
"""A candidate is not judged with more requests per instance than this many times live's usual."""


class AlarmState(BaseModel):
    """An alarm's value and since when (ms) it has it."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    value: AlarmValue = Field(description="The alarm's state.")
    since: int = Field(description="When it entered this state, in ms.")

    def fires_since(self, moment: int) -> bool:
        """Whether it entered ALARM at or after `moment` (ms). An older alarm is not this
        release's fault.
        """
        return self.value == "ALARM" and self.since >= moment


class Rules(BaseModel):
    """How one watched share is judged."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    minutes: int = Field(description="Minutes that the share lasts at least.")
    quiet_minutes: int = Field(
        default=0, description="Minutes at the beginning in which nothing is judged."
    )
    min_requests: int = Field(description="Requests of the candidate that must have been judged.")
    deadline_minutes: int = Field(description="Minutes after which a doubt becomes inconclusive.")
    wait_minutes: int = Field(description="Minutes that a person may take to decide.")
    look_hours: int | None = Field(
        default=None,
        description="Hours between two looks, once the share lasted for four. None: as usual.",
    )
    on_inconclusive: OnInconclusive = Field(description="What happens to an inconclusive share.")
    prove: bool = Field(
        default=False, description="Whether the margins must be proven before the share is passed."
    )
    look_seconds: int | None = Field(
        default=None, description="Seconds between two looks. None: rarer the longer it lasts."
    )

    @property
    def doubtful_until(self) -> int:
        """Minutes that doubt may last before `on_inconclusive` decides."""
        return max(self.deadline_minutes, self.minutes)

    def looked_at_each(self, seconds: int) -> "Rules":
        """The rules with a look every so many seconds."""
        return self.model_copy(update={"look_seconds": seconds})

    def without_quiet(self) -> "Rules":
        """The rules for a fleet that is warm already."""
        return self.model_copy(update={"quiet_minutes": 0})

    def after_waiting(self, waited_ms: int) -> "Rules":
        """The rules after a person was waited for."""
        left = max(0, self.wait_minutes - waited_ms // 60_000)
        return self.model_copy(update={"wait_minutes": left})

    def held_for(self, minutes: int, look_hours: int) -> "Rules":
        """The rules of a share that may be held for so long: doubt may last as much longer.

        After four hours there is a look every `look_hours`.
        """
        longest = minutes + self.deadline_minutes
        return self.model_copy(update={"deadline_minutes": longest, "look_hours": look_hours})

    def after_freeze(self, frozen_ms: int) -> "Rules":
        """The rules after a freeze: its minutes, rounded up, do not count against the deadline."""
        if not frozen_ms:
            return self
        later = self.doubtful_until - (-frozen_ms // 60_000)
        return self.model_copy(update={"deadline_minutes": later})


class Observation(NamedTuple):
    """What one look saw. `requests` is None when CloudWatch gave no whole answer.

    `own` are Penstock's checks of this release, `others` the policy's alarms; `since` is when the
    stage was verified first and `now` the time of the look, both in ms; `load` is the candidate's
    requests per instance over those of live when live carries all of them, and `load_ahead` the
    same at the next stage's share; 0 where that is no larger one. `assessment` is what the
    comparison with live says, and `finding` what people are told of it; there is none where there
    is no live beside the candidate. `opinions` are those of the sources that the stage names.
    """

    own: Mapping[str, AlarmState]
    others: Mapping[str, AlarmState]
    expected: tuple[str, ...]
    requests: int | None
    since: int
    now: int
    load: float = 0.0
    load_ahead: float = 0.0
    assessment: Assessment | None = None
    finding: Finding | None = None
    opinions: tuple[Opinion, ...] = ()

    @property
    def minutes(self) -> float:
        """How long the stage has been watched."""
        return (self.now - self.since) / 60_000

    @property
    def suspicious(self) -> bool:
        """Whether the evidence leans against the candidate, if not loudly enough."""
        return self.assessment is not None and self.assessment.suspicion != "clear"


class Verdict(NamedTuple):
    """What to do, and one sentence that a person understands.

    `percent` is the share to move to. `against`: the package itself was found to be bad, which a
    lack of data or of proof does not show.
    """

    action: VerdictAction
    reason: str
    percent: float | None = None
    against: bool = False

    @property
    def urgent(self) -> bool:
        """Whether an alarm or harm rolls back. No freeze is asked about that."""
        return self.action == "roll_back" and self.against

    def frozen(self, reason: str, present: float) -> "Verdict":
        """The verdict while a freeze holds, for this reason, at the share of `present` percent.

        A smaller share goes back, so it is taken.
        """
        lowers = self.percent is not None and self.percent < present
        if self.action == "advance" or (self.action == "move" and not lowers):
            return Verdict("frozen", f"{reason}; {self.reason}")
        return self


def judge(rules: Rules, observation: Observation, alarms_after: int) -> Verdict:
    """Decide one look: an alarm or harm rolls back, doubt holds, enough calm traffic advances.

    Other opinions come after both: one that refuses rolls back, and the others are asked once the
    share would be passed.

    Args:
        rules: How the stage is judged.
        observation: What the look saw.
        alarms_after: An alarm that entered ALARM before this time (ms) is not this release's fault.
    """
    verdict = _heard(rules, observation, _judge(rules, observation, alarms_after))
    if observation.finding is None:
        return verdict
    return verdict._replace(reason=f"{verdict.reason}: {observation.finding.seen}")


def _judge(rules: Rules, observation: Observation, alarms_after: int) -> Verdict:
    minutes, refusal = observation.minutes, _refusal(observation)
    if minutes < rules.quiet_minutes:
        return refusal or Verdict("hold", f"both fleets are warming up, minute {minutes:.0f}")
    if fired := _fired(observation, alarms_after):
        return Verdict("roll_back", f"the alarm {fired} fired", against=True)
    if observation.assessment and observation.assessment.suspicion == "harm":
        return Verdict("roll_back", "the candidate is worse than live", against=True)
    if refusal:
        return refusal
    if end := next((each for each in observation.opinions if _ends_at_once(each)), None):
        return Verdict("observe", end.reason)
    if observation.assessment and observation.assessment.advice:
        return _ramp(rules, observation, observation.assessment)
    if minutes < rules.minutes:
        return Verdict("hold", f"minute {minutes:.0f} of {rules.minutes}")
    return _calm_or_not(rules, observation)


def _refusal(observation: Observation) -> Verdict | None:
    refusal = first(observation.opinions, "refuses")
    return refusal and Verdict("roll_back", refusal.reason, against=refusal.against)


def _ends_at_once(opinion: Opinion) -> bool:
    return opinion.stance == "ends" and opinion.at_once


def _heard(rules: Rules, observation: Observation, verdict: Verdict) -> Verdict:
    """The verdict after the other opinions, which decide whether a share that is passed ends."""
    if verdict.action != "advance":
        return verdict
    if waiting := first(observation.opinions, "waits"):
        return Verdict("hold", waiting.reason)
    if doubt := first(observation.opinions, "doubts"):
        verdict = _inconclusive(rules, observation, doubt.reason)
        if verdict.action != "advance":
            return verdict
    agreed = [opinion.reason for opinion in observation.opinions if opinion.stance == "agrees"]
    if end := first(observation.opinions, "ends"):
        return Verdict("observe", "; ".join((end.reason, verdict.reason, *agreed)))
    return verdict._replace(reason="; ".join((verdict.reason, *agreed)))


def _calm_or_not(rules: Rules, observation: Observation) -> Verdict:
    doubt = _doubt(rules, observation)
    if doubt:
        return _inconclusive(rules, observation, doubt)
    return Verdict(
        "advance", f"calm for {observation.minutes:.0f} minutes, {observation.requests} requests"
    )


def _ramp(rules: Rules, observation: Observation, assessment: Assessment) -> Verdict:
    """The comparison chooses the share; own checks have to see enough before a promotion."""
    match assessment.advice:
        case "promote":
            return _calm_or_not(rules, observation)
        case "raise":
            return Verdict(
                "move", f"the budget allows {assessment.percent:g} %", assessment.percent
            )
        case "lower":
            said = f"the budget allows no more than {assessment.percent:g} % any longer"
            return Verdict("move", said, assessment.percent)
        case "inconclusive":
            return _inconclusive(rules, observation, "no proof")
        case "hold":
            return Verdict("hold", "the evidence leans against the candidate")
    return Verdict(
        "hold", f"minute {observation.minutes:.0f}, the budget allows no larger share yet"
    )


def _fired(observation: Observation, after: int) -> str | None:
    """An alarm that is the release's own and one of the policy's counts as `own` has it."""
    states = {**observation.others, **observation.own}
    return min((name for name, s in states.items() if s.fires_since(after)), default=None)


def _doubt(rules: Rules, observation: Observation) -> str:
    """Why this look proves nothing yet; empty when it does. No data is not health."""
    if observation.load > OVERLOAD:
        return (
            f"the candidate carries {observation.load:.2f} times live's usual requests per instance"
        )
    if observation.load_ahead > OVERLOAD:
        return (
            f"at the next share the candidate would carry {observation.load_ahead:.2f} times "
            "live's usual requests per instance"
        )
    if observation.requests is None:
        return "CloudWatch did not answer completely"
    if observation.requests < rules.min_requests:
        return f"{observation.requests} of {rules.min_requests} requests seen"
    if observation.suspicious:
        return "the evidence leans against the candidate"
    if rules.prove and not (observation.assessment and observation.assessment.proven):
        return "the margins are not proven"
    blind = [n for n in observation.expected if _blind(observation.own.get(n))]
    return f"no data for {', '.join(blind)}" if blind and rules.min_requests else ""


def _blind(state: AlarmState | None) -> bool:
    return state is None or state.value == "INSUFFICIENT_DATA"


def _inconclusive(rules: Rules, observation: Observation, doubt: str) -> Verdict:
    """Under suspicion nothing is promoted: then people are asked instead."""
    if observation.minutes < rules.doubtful_until:
        return Verdict("hold", doubt)
    so_far = f"{doubt} after {observation.minutes:.0f} minutes"
    match rules.on_inconclusive:
        case "promote" if not observation.suspicious:
            return Verdict("advance", f"{so_far}; the policy goes on without proof")
        case "roll_back":
            return Verdict("roll_back", f"{so_far}; the policy rolls back without proof")
    if observation.minutes < rules.doubtful_until + rules.wait_minutes:
        return Verdict("ask", so_far)
    hours = rules.wait_minutes / 60
    return Verdict("roll_back", f"{so_far}; nobody decided within {hours:g} h")
