"""Walks a release through its shares by the deployed decision, minute by minute.

Nothing here decides: recorded and simulated releases are judged by `judgement.judge`, with the
rules of the plan. Alarms, overloaded instances and people's answers are left out.
"""

from collections.abc import Sequence
from typing import NamedTuple

from penstock.domain.judging.assessment import Assessment, Evidence, Share
from penstock.domain.judging.counts import Minute
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.judgement import Observation, Rules, Verdict, judge
from penstock.domain.moments import MINUTE_MS

ENDS: tuple[MoveAction, ...] = ("roll_back", "promote", "inconclusive")


class Leg(NamedTuple):
    """A watched share (0 to 1) and its rules; on a `ramp` the evidence chooses those after it."""

    share: float
    rules: Rules
    ramp: bool = False


class NextStep(NamedTuple):
    """What follows from one look, the candidate's share from now on, and why."""

    action: MoveAction
    weight: float
    reason: str


def ramp(settings: JudgeSettings, share: float = 0.0) -> tuple[Leg]:
    """Adaptive steps by the settings alone: what is not proven by its deadline is inconclusive."""
    rules = Rules(
        minutes=settings.bake,
        min_requests=0,
        deadline_minutes=settings.deadline,
        wait_minutes=settings.deadline,
        on_inconclusive="wait",
    )
    return (Leg(share, rules, ramp=True),)


class Walk:
    """One release; remembers the present share, since which minute, and the requests judged there.

    `began` is the number of the first minute. With `told` a reason says all that was seen.
    """

    def __init__(
        self, legs: Sequence[Leg], evidence: Evidence, began: int = 0, *, told: bool = False
    ) -> None:
        self.evidence = evidence
        self._legs, self._began, self._told = legs, began, told
        self._place, self._share = -1, -1.0
        self._since, self._requests, self._moved = began, 0.0, 0

    def look(self, share: float, number: int, complete: Minute | None = None) -> NextStep:
        """After minute `number`, which was served at `share`, with one complete minute more."""
        if share != self._share:
            self._arrive(share, number)
        if complete:
            self.hear(complete)
        leg, now = self._legs[max(0, self._place)], number + 1
        present = Share(100 * share, now - self._began, leg.ramp, moved=self._moved)
        assessment = self.evidence.assessment(present)
        verdict = judge(leg.rules, self._see(leg, assessment, now), 0)
        if verdict.action != "hold":
            return self._follow(verdict, now)
        held: MoveAction = "hold" if assessment.suspicion == "suspicious" else "stay"
        return NextStep(held, share, verdict.reason)

    def _arrive(self, share: float, number: int) -> None:
        """On the first leg of the highest share that is reached: a recording may lie in between."""
        reached = max((leg.share for leg in self._legs if leg.share <= share), default=None)
        lowest = 0 if self._legs[0].ramp else -1  # a ramp may fall below its first share
        self._place = next((n for n, leg in enumerate(self._legs) if leg.share == reached), lowest)
        self._moved += self._share >= 0
        self._share = share
        self._begin(number)

    def _begin(self, number: int) -> None:
        self._since, self._requests = number, 0.0

    def hear(self, minute: Minute) -> None:
        """Judge one more complete minute, without a look. One in which the share moved is none."""
        self.evidence = self.evidence.after(minute)
        if minute.number >= self._since and minute.weight is not None:
            self._requests += max([counts.candidate for counts in minute.counts.values()])

    def _see(self, leg: Leg, assessment: Assessment, now: int) -> Observation:
        """Nothing but what the comparison says; a ramp is watched since it began."""
        times = MINUTE_MS * (self._began if leg.ramp else self._since), MINUTE_MS * now
        finding = self.evidence.finding() if self._told else None
        requests = round(self._requests)
        return Observation({}, {}, (), requests, *times, assessment=assessment, finding=finding)

    def _follow(self, verdict: Verdict, now: int) -> NextStep:
        share, reason = self._share, verdict.reason
        match verdict.action:
            case "roll_back":
                return NextStep("roll_back", 0.0, reason)
            case "move":
                return self._move((verdict.percent or 0.0) / 100, reason)
            case "advance":
                return self._advance(reason, now)
        return NextStep("inconclusive", share, reason)

    def _move(self, share: float, reason: str) -> NextStep:
        return NextStep("raise" if share > self._share else "lower", share, reason)

    def _advance(self, reason: str, now: int) -> NextStep:
        """To the next leg; one at the same share begins at once."""
        following = self._legs[self._place + 1 :]
        if not following or following[0].ramp:
            return NextStep("promote", self._share, reason)
        if following[0].share > self._share:
            return NextStep("raise", following[0].share, reason)
        self._place += 1
        self._begin(now)
        return NextStep("stay", self._share, reason)
