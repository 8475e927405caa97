"""Answer: a person says whether a release that waits may go on."""

from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import NotKept
from penstock.domain.execution.request import Request
from penstock.domain.execution.run import Run
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.people import Answer, People, people_of
from penstock.ports.clock import Clock
from penstock.ports.evidence import Archive
from penstock.ports.executions import Executions
from penstock.ports.ledger import Ledger


@dataclass(frozen=True)
class AnswerGate:
    """Notes an answer and ends the wait. It claims nothing."""

    ledger: Ledger
    executions: Executions
    archive: Archive
    clock: Clock

    def __call__(self, run: Run, gate: Gate) -> Run:
        """One try.

        Raises:
            Declined: Somebody else's write came between.
        """
        asked = run.asked
        people = people_of(gate.people, asked.release_id)
        mine = people and _given(people, run)
        if people and mine:
            return _answered(run, people, mine)
        if people is None or not _waits(gate, people, asked):
            return self._refuse(run, gate)
        given = _answer(asked, run.started_at)
        if given.approve and given.person in {each.person for each in people.here if each.approve}:
            return _answered(run, people, given)
        after = people.answered(given)
        written = self.ledger.write(gate.key, protocol.answer(gate, after))
        if written.token:
            self.executions.wake(written.token)
        return _answered(run, after, given).but(trouble=self._kept(gate, after))

    def _refuse(self, run: Run, gate: Gate) -> Run:
        """The answer is refused, so the ending is not about the release, which has its own."""
        where = f"release {run.asked.release_id} at {run.asked.gate}"
        return run.end("refused", f"nothing waits for this answer: {gate.endpoint} has no {where}")

    def _kept(self, gate: Gate, people: People) -> str | None:
        """The answers in the evidence. The ledger has them too, so a failure is only logged."""
        answers = [answer.model_dump(mode="json") for answer in people.answers]
        try:
            self.archive.note(gate.endpoint, people.release, "answers", {"answers": answers})
        except NotKept as error:
            return f"the answers were not kept as evidence: {error}"
        return None


def _waits(gate: Gate, people: People, asked: Request) -> bool:
    """Whether the release still waits at the gate that is answered."""
    held = gate.release == people.release and not gate.at_rest and gate.halt is None
    return held and people.gate == asked.gate and (gate.step or 0) <= people.step


def _given(people: People, run: Run) -> Answer | None:
    """The answer of this execution, if an earlier run of the task noted it."""
    return next(
        (each for each in people.answers if each == _answer(run.asked, run.started_at)), None
    )


def _answer(asked: Request, at: int) -> Answer:
    return Answer(
        gate=asked.gate or "before_promotion",
        approve=bool(asked.approve),
        by=asked.by or "",
        note=asked.note,
        at=at,
    )


def _answered(run: Run, people: People, given: Answer) -> Run:
    approved = len(people.approved_by)
    reason = f"{given.sentence}; {approved} approved so far" if given.approve else given.sentence
    return run.end("answered", reason, release_id=people.release)
