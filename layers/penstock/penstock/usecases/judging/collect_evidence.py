"""Collect evidence: judge every minute since the last look once, and archive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.errors import Incomplete, NotKept, Unavailable
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.assessment import Assessment, Evidence, Finding, HarmEvidence, Share
from penstock.domain.judging.comparison import Comparison, opened
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.judging.readings import Reading
from penstock.domain.kinds.question import Question
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.planning.comparing import question
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Sides
from penstock.ports.clock import Clock
from penstock.ports.evidence import Archive, Source

STORED_MINUTES = 15 * 24 * 60
"""CloudWatch keeps single minutes for 15 days, so no look goes further back."""


class Collected(NamedTuple):
    """The comparison after a look. It is not `whole` if CloudWatch did not answer completely."""

    comparison: Comparison
    assessment: Assessment
    finding: Finding
    whole: bool
    trouble: str | None


@dataclass(frozen=True)
class CollectEvidence:
    """Reads, judges and archives minutes. It decides nothing."""

    source: Source
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, plan: Plan, phase: Phase, load: float) -> Collected:
        """Judge the new minutes.

        Those of an overloaded candidate are left out, because they say nothing about its model.

        `load` is the candidate's requests per instance, relative to live's when live carries all
        requests.
        """
        now, overloaded = self.clock.now(), load > OVERLOAD
        comparison = _comparison(run, plan, phase, now)
        asked = _question(run, plan, comparison, now)
        readings = () if overloaded else self._read(asked)
        if overloaded:
            comparison = comparison.leaves_out(now)
        elif readings is not None:
            comparison = comparison.with_readings(
                readings, _evidence(plan, comparison), now, asked.sure_after
            )
        kept, trouble = self._kept(run, comparison)
        evidence, share = _evidence(plan, kept), _share(run, kept, now, load)
        doubted = kept.doubted(evidence)
        assessment = evidence.assessment(share._replace(doubted=doubted))
        finding = evidence.finding()
        return Collected(kept, assessment, finding, readings is not None, trouble)

    def _read(self, asked: Question) -> Sequence[Reading] | None:
        if asked.end <= asked.first:
            return ()
        try:
            return self.source.read(asked)
        except Unavailable:
            return None

    def _kept(self, run: Run, comparison: Comparison) -> tuple[Comparison, str | None]:
        """Archive the minutes. The release continues even if that fails."""
        if not comparison.unkept:
            return comparison, None
        try:
            minutes = comparison.counted_from_the_first()
            name = "shadow" if run.the_stage.copied else "minutes"
            self.archive.add(
                run.the_endpoint, run.release or "", minutes, more=comparison.kept, name=name
            )
        except NotKept as error:
            return comparison.none_kept(), f"judged minutes were not kept: {error}"
        return comparison.all_kept(), None


def _comparison(run: Run, plan: Plan, phase: Phase, now: int) -> Comparison:
    """The comparison at the present share. A deployment's steps are shares that nobody chose."""
    judge, settings = plan.policy.judge, plan.judge_settings
    if run.comparison and not run.comparison.state.fits(settings):
        raise Incomplete("the comparison was judged by other settings than the plan's")
    stage, comparison = run.the_stage, run.comparison
    fleets = stage.content.name
    begins = comparison is None or comparison.fleets not in (None, fleets)
    if comparison is None or begins:
        warm_up = judge.warm_up_minutes
        comparison = opened(plan.metrics, settings, phase.since, warm_up, fleets)
    if run.deploying:
        return comparison.at_share(phase.since if begins else now, None)
    return comparison.at_share(phase.since, stage.percent, stage.copied)


def _question(run: Run, plan: Plan, comparison: Comparison, now: int) -> Question:
    """The question about the minutes that are readable and not yet judged."""
    end = comparison.until(now)
    first = max(comparison.next_minute, end - STORED_MINUTES)
    config = run.the_stage.content.name
    sides = run.the_stage.compared or Sides(plan.live_variant, CANDIDATE)
    return question(plan.policy, plan.values_ms, config, sides, first, end)


def _evidence(plan: Plan, comparison: Comparison) -> Evidence:
    """What a share is judged by: harm."""
    return HarmEvidence(comparison.state, plan.judge_settings)


def _share(run: Run, comparison: Comparison, now: int, load: float) -> Share:
    minutes, present = (now - comparison.began - run.frozen_ms) / 60_000, run.the_stage.percent
    most = OVERLOAD / load * present if load else 100
    moved = run.ramp.number if run.ramp else 0
    return Share(present, minutes, chosen=run.the_stage.ramp, most=most, moved=moved)
