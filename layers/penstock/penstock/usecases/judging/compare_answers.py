"""Compare answers: how often the shadow answers as live does, by what data capture wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain.captures.alike import answers_agree
from penstock.domain.captures.answers import LATEST_MS, Answers, answers_begun
from penstock.domain.captures.joining import MOST_DIFFERENCES, STRADDLING_MS, Joined, joined
from penstock.domain.errors import (
    Denied,
    Incomplete,
    Missing,
    NotKept,
    RefusedByAws,
    Unavailable,
)
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.agreement.pairs import Agreement, Pairs, Required, agreement
from penstock.domain.judging.agreement.sentence import agreement_sentence
from penstock.domain.judging.opinion import Opinion
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import Gate
from penstock.domain.moments import iso
from penstock.domain.planning.plan import Plan
from penstock.domain.policy.agreement import AgreementSection
from penstock.domain.policy.serving import DataCapture
from penstock.ports.captures import Captures
from penstock.ports.clock import Clock
from penstock.ports.evidence import Archive

NOTE = "agreement"


@dataclass(frozen=True)
class CompareAnswers:
    """The source `agreement`. What it could not read holds on nothing but itself."""

    captures: Captures
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, plan: Plan, phase: Phase, _: Gate) -> tuple[Run, Opinion]:
        """Join the minutes that are due, and say what is known by now."""
        section, capture = plan.policy.judge.agreement, plan.policy.serving.data_capture
        if section is None or capture is None:
            raise Incomplete("the stage compares answers, and the policy does not say how")
        answers, trouble = _answers(run, phase), ""
        if due := answers.due(self.clock.now()):
            try:
                answers = self._joined(run, plan, section, capture, answers, due)
            except (Denied, Missing, RefusedByAws, Unavailable) as error:
                trouble = f"captured answers cannot be read: {error}"
        run = run.but(answers=answers)
        return run, _opinion(run, answers, required(plan, section), trouble)

    def _joined(
        self,
        run: Run,
        plan: Plan,
        section: AgreementSection,
        capture: DataCapture,
        answers: Answers,
        due: tuple[int, int],
    ) -> Answers:
        """One part of the time, in which the answers of both sides are read from the files again:
        the document carries counts alone.
        """
        first, end = due
        latest = min(self.clock.now(), end + LATEST_MS)
        place, since = capture.destination_s3_uri, first - STRADDLING_MS
        live, candidate = (
            self.captures.read(place, plan.endpoint, variant, since, latest)
            for variant in (plan.live_variant, CANDIDATE)
        )
        found = joined(
            live.lines,
            candidate.lines,
            first,
            end,
            lambda one, other: answers_agree(one, other, section.tolerance, section.output),
        )
        after = answers.after(found, end, whole=live.whole and candidate.whole)
        return self._kept(run, after, found, required(plan, section))

    def _kept(self, run: Run, answers: Answers, found: Joined, asked: Required) -> Answers:
        """Add to the evidence. What cannot be kept is lost, and the release goes on.

        It is read only if it was written before: without the permission to list the bucket, S3
        answers 403 for a missing object.
        """
        endpoint, release = run.the_endpoint, run.release or ""
        try:
            before = self.archive.read_note(endpoint, release, NOTE) if answers.noted else {}
            self.archive.note(endpoint, release, NOTE, _note(before, answers, found, asked))
        except NotKept:
            return answers
        return answers.kept()


def required(plan: Plan, section: AgreementSection) -> Required:
    """What the policy asks of the answers."""
    rate = plan.policy.judge.false_rollback_rate
    return Required(section.at_least, section.min_pairs, rate)


def _answers(run: Run, phase: Phase) -> Answers:
    fleets = run.the_stage.content.name
    known = run.answers
    return known if known and known.fleets == fleets else answers_begun(fleets, phase.since)


def _opinion(run: Run, answers: Answers, asked: Required, trouble: str) -> Opinion:
    pairs = Pairs(answers.pairs, answers.differing)
    found = agreement(pairs, asked)
    said = "; ".join(filter(None, (agreement_sentence(pairs, found, asked), answers.left_out())))
    if found.decision == "differs":
        reason = f"the candidate's answers differ from live's: {said}"
        return Opinion("refuses", reason, against=True)
    if found.decision == "agrees":
        return Opinion("agrees", said)
    return Opinion("doubts", "; ".join(filter(None, (said, _silence(run, answers), trouble))))


def _silence(run: Run, answers: Answers) -> str:
    """How many answers were captured beside what CloudWatch counted: capture may stop silently."""
    counted = run.comparison.requests if run.comparison else 0
    return (
        f"data capture has {answers.live:,} answers of live and {answers.candidate:,} of the "
        f"candidate by {iso(answers.until)}, and CloudWatch counted {counted:,.0f} requests of the "
        "candidate so far"
    )


def _note(
    before: Mapping[str, Any], answers: Answers, found: Joined, asked: Required
) -> dict[str, Any]:
    """The evidence: its course, what could not be compared, and some answers that differ."""
    known = agreement(Pairs(answers.pairs, answers.differing), asked)
    course = [each for each in before.get("course", []) if each["until"] < answers.until]
    old = {each["inference_id"]: each for each in before.get("differences", [])}
    differences = old | {each.inference_id: each._asdict() for each in found.differences}
    return {
        "required": {"at_least": asked.at_least, "min_pairs": asked.min_pairs},
        "counted": answers.model_dump(mode="json"),
        "course": [*course, {"until": answers.until, **_point(answers, known)}],
        "differences": list(differences.values())[:MOST_DIFFERENCES],
    }


def _point(answers: Answers, known: Agreement) -> dict[str, Any]:
    return {
        "pairs": answers.pairs,
        "differing": answers.differing,
        "least": known.least,
        "most": known.most,
        "log_e": known.log_e,
    }
