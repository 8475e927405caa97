"""Ask the goal: an experiment holds its share until the outcomes of requests decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.domain.errors import Damaged, NotKept, Unavailable
from penstock.domain.execution.progress import ExperimentProgress, Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.goal.conclusion import Terms, conclude, decides
from penstock.domain.judging.goal.experiment import (
    Experiment,
    OutcomeMinute,
    experiment_begun,
    restored_experiment,
)
from penstock.domain.judging.goal.record import goal_record
from penstock.domain.judging.opinion import Opinion
from penstock.domain.kinds.outcome_question import OutcomeQuestion
from penstock.domain.kinds.series import Fleet
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.aims import outcome_question, terms_of
from penstock.domain.planning.plan import Plan
from penstock.domain.policy.goal import GoalSection
from penstock.ports.clock import Clock
from penstock.ports.evidence import Archive, OutcomeSource


@dataclass(frozen=True)
class AskGoal:
    """The source `goal`. What was read travels in the document, so each minute is read once."""

    source: OutcomeSource
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, plan: Plan, phase: Phase, _: Gate) -> tuple[Run, Opinion]:
        """Read the minutes that are due, test the goal with them, and archive what is known."""
        rollout, now = plan.policy.rollout, self.clock.now()
        goal = rollout.goal
        if goal is None:
            raise Damaged("the plan has no goal")
        terms = terms_of(rollout, goal)
        experiment = _at_look(run, phase, terms, now)
        question = _question(run, plan, goal, experiment, experiment.end(now, terms.late))
        minutes = self._read(question)
        if minutes:
            experiment = experiment.after(minutes, run.the_stage.percent / 100, terms.aim)
        opinion = conclude(experiment, terms, now)
        found = opinion.reason if decides(opinion) else None
        goal_so_far = ExperimentProgress(state=experiment.carried, found=found)
        if minutes is None and not decides(opinion):
            said = f"CloudWatch did not answer completely about {terms.name}; {opinion.reason}"
            opinion = opinion._replace(reason=said)
        trouble = self._kept(run, goal_record(experiment, terms, opinion, now))
        return run.but(goal=goal_so_far, trouble=trouble or run.trouble), opinion

    def _read(self, question: OutcomeQuestion) -> Sequence[OutcomeMinute] | None:
        if question.end <= question.first:
            return ()
        try:
            return self.source.read(question)
        except Unavailable:
            return None

    def _kept(self, run: Run, record: dict[str, Any]) -> str | None:
        """Archive what is known. The release continues even if that fails."""
        try:
            self.archive.note(run.the_endpoint, run.release or "", "goal", record)
        except NotKept as error:
            return f"what is known of the goal was not kept: {error}"
        return None


def _at_look(run: Run, phase: Phase, terms: Terms, now: int) -> Experiment:
    known = run.goal and restored_experiment(run.goal.state)
    experiment = known or experiment_begun(phase.since)
    held = experiment.held(phase.since, now, run.frozen_ms, terms.max_days)
    return held.kept_from(now)


def _question(
    run: Run, plan: Plan, goal: GoalSection, experiment: Experiment, end: int
) -> OutcomeQuestion:
    config = run.the_stage.content.name
    live = Fleet(plan.endpoint, config, plan.live_variant)
    return outcome_question(goal, live, experiment.next, end)
