"""Collect evidence: judge every minute since the last look once, and archive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Incomplete, NotKept, Unavailable
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.assessment import Evidence, Finding, HarmEvidence, Opinion, Share
from penstock.domain.judging.comparison import Case, opened
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.judging.readings import Reading
from penstock.domain.kinds.question import Question
from penstock.domain.planning.comparing import question
from penstock.domain.planning.plan import Plan
from penstock.ports.clock import Clock
from penstock.ports.evidence import Archive, Source

STORED_MINUTES = 15 * 24 * 60
"""CloudWatch keeps single minutes for 15 days, so no look goes further back."""


class Heard(NamedTuple):
    """The case after a look. It is not `whole` if CloudWatch did not answer completely."""

    case: Case
    opinion: Opinion
    finding: Finding
    whole: bool
    trouble: str | None


@dataclass(frozen=True)
class Hearing:
    """Reads, judges and archives minutes. It decides nothing."""

    source: Source
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, plan: Plan, phase: Phase, load: float) -> Heard:
        """Judge the new minutes.

        Those of an overloaded candidate are left out, because they say nothing about its model.

        `load` is the candidate's requests per instance, relative to live's when live carries all
        requests.
        """
        now, overloaded = self.clock.now(), load > OVERLOAD
        case = _case(run, plan, phase)
        asked = _question(run, plan, case, now)
        readings = () if overloaded else self._read(asked)
        if overloaded:
            case = case.leaves_out(now)
        elif readings is not None:
            case = case.heard(readings, _evidence(plan, case), now, asked.sure_after)
        kept, trouble = self._kept(run, case)
        evidence, share = _evidence(plan, kept), _share(run, kept, now, load)
        opinion, finding = evidence.opinion(share), evidence.finding()
        return Heard(kept, opinion, finding, readings is not None, trouble)

    def _read(self, asked: Question) -> Sequence[Reading] | None:
        if asked.end <= asked.first:
            return ()
        try:
            return self.source.read(asked)
        except Unavailable:
            return None

    def _kept(self, run: Run, case: Case) -> tuple[Case, str | None]:
        """Archive the minutes. The release continues even if that fails."""
        if not case.unkept:
            return case, None
        try:
            minutes = case.counted_from_the_first()
            self.archive.add(run.the_endpoint, run.release or "", minutes, more=case.kept)
        except NotKept as error:
            return case, f"judged minutes were not kept: {error}"
        return case.all_kept(), None


def _case(run: Run, plan: Plan, phase: Phase) -> Case:
    judge, method = plan.policy.judge, plan.method
    if run.case and not run.case.trial.fits(method):
        raise Incomplete("the case was judged by another method than the plan's")
    case = run.case or opened(judge.signal_names, method, phase.since, judge.warm_up_minutes)
    return case.at_share(phase.since, run.the_stage.percent)


def _question(run: Run, plan: Plan, case: Case, now: int) -> Question:
    """The question about the minutes that are readable and not yet judged."""
    end = case.until(now)
    first = max(case.next_minute, end - STORED_MINUTES)
    return question(plan.policy, run.the_stage.target.name, plan.live_variant, first, end)


def _evidence(plan: Plan, case: Case) -> Evidence:
    """What a share is judged by: harm."""
    return HarmEvidence(case.trial, plan.method)


def _share(run: Run, case: Case, now: int, load: float) -> Share:
    minutes, present = (now - case.began) / 60_000, run.the_stage.percent
    most = OVERLOAD / load * present if load else 100
    return Share(present, minutes, chosen=run.the_stage.ramp, most=most)
