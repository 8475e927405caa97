"""Hear what candidate and live did since the last look: every minute once, and kept for later."""

from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Incomplete, NotKept, Unavailable
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging import opinion
from penstock.domain.judging.case import Case, opened
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.judging.opinion import Opinion
from penstock.domain.judging.readings import Reading
from penstock.domain.planning.comparing import question
from penstock.ports import Archive, Clock, Minutes

STORED_MINUTES = 15 * 24 * 60
"""CloudWatch keeps single minutes for 15 days; no look goes further back."""


class Heard(NamedTuple):
    """The case after a look. Not `whole`: CloudWatch gave no complete answer."""

    case: Case
    opinion: Opinion
    whole: bool
    trouble: str | None


@dataclass(frozen=True)
class Hearing:
    """Reads, judges and keeps minutes; decides nothing."""

    minutes: Minutes
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, phase: Phase, load: float) -> Heard:
        """What an overloaded candidate answers says nothing about its model: it is left out.

        `load` is the candidate's requests per instance over live's when it carries all of them.
        """
        now, overloaded = self.clock.now(), load > OVERLOAD
        case = self._case(run, phase)
        readings = () if overloaded else self._read(run, case, now)
        if overloaded:
            case = case.leaves_out(now)
        elif readings is not None:
            case = case.heard(readings, run.the_plan.method, now)
        kept, trouble = self._kept(run, case)
        return Heard(kept, _opinion(run, kept, now, load), readings is not None, trouble)

    def _case(self, run: Run, phase: Phase) -> Case:
        judge, method = run.the_plan.policy.judge, run.the_plan.method
        if run.case and not run.case.trial.fits(method):
            raise Incomplete("the case was judged by another method than the plan's")
        case = run.case or opened(judge.signal_names, method, phase.since, judge.warm_up_minutes)
        return case.at_share(phase.since, run.stage.percent)

    def _read(self, run: Run, case: Case, now: int) -> tuple[Reading, ...] | None:
        plan = run.the_plan
        end = case.until(now)
        if end <= case.next_minute:
            return ()
        first = max(case.next_minute, end - STORED_MINUTES)
        config = plan.target(run.stage).config
        asked = question(plan.policy, config, plan.live_variant, first, end)
        try:
            readings = self.minutes.read(asked)
        except Unavailable:
            return None
        return None if readings is None else tuple(readings)

    def _kept(self, run: Run, case: Case) -> tuple[Case, str | None]:
        """Whether the minutes are kept or not, the release goes on."""
        if not case.unkept:
            return case, None
        try:
            minutes = case.counted_from_the_first()
            self.archive.add(run.the_endpoint, run.release or "", minutes, more=case.kept)
        except NotKept as error:
            return case, f"judged minutes were not kept: {error}"
        return case.all_kept(), None


def _opinion(run: Run, case: Case, now: int, load: float) -> Opinion:
    method = run.the_plan.method
    if not run.stage.ramp:
        return opinion.opinion(case.trial, method)
    minutes, present = (now - case.began) / 60_000, run.stage.percent
    most = OVERLOAD / load * present if load else 100
    return opinion.advice(case.trial, method, present, minutes, most)
