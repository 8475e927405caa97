"""Ask people: a release waits at a gate until enough of them approve."""

import json
from dataclasses import dataclass

from penstock.domain import protocol
from penstock.domain.errors import Damaged
from penstock.domain.execution.announcements import ApprovalNeeded
from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.opinion import Opinion
from penstock.domain.ledger.gate import Declined, Gate
from penstock.domain.ledger.people import Answer, People, people_of
from penstock.domain.moments import HOUR_MS, iso
from penstock.domain.planning.plan import Plan
from penstock.domain.policy.gates import GateSection
from penstock.ports.clock import Clock
from penstock.ports.ledger import Ledger
from penstock.ports.people import Announcer


@dataclass(frozen=True)
class AskPeople:
    """The source `gate`. The ledger says what is waited for, so that an answer finds it."""

    ledger: Ledger
    announcer: Announcer
    clock: Clock

    def __call__(self, run: Run, plan: Plan, _: Phase, gate: Gate) -> tuple[Run, Opinion]:
        """Ask once, and say what the answers are so far.

        The ledger says what is waited for before people are asked, so that no answer comes too
        early. If somebody answers at the same moment, the next look sees it.
        """
        section, now = _section(run, plan), self.clock.now()
        people = people_of(gate.people, run.release)
        try:
            if people is None or people.gate != section.at:
                answers = people.answers if people else ()
                people = _opened(run, section, answers, now)
                gate = self._noted(run, gate, people)
            if not people.told and self.announcer.announce(_question(run, plan, section, people)):
                people = people.with_told()
                self._noted(run, gate, people)
        except Declined:
            return run, Opinion("waits", f"an answer at {section.at} is being noted")
        return run, _opinion(section, people, now - run.frozen_ms)

    def _noted(self, run: Run, gate: Gate, people: People) -> Gate:
        writer = run.writer(self.clock.now())
        return self.ledger.write(run.the_key, protocol.ask_people(writer, gate, people))


def _opened(run: Run, section: GateSection, answers: tuple[Answer, ...], now: int) -> People:
    return People(
        release=run.release or "",
        gate=section.at,
        step=run.the_stage.step,
        since=now,
        answers=answers,
    )


def _section(run: Run, plan: Plan) -> GateSection:
    at = run.the_stage.gate
    found = next((section for section in plan.policy.gates if section.at == at), None)
    if found is None:
        raise Damaged(f"the plan has no gate {at}")
    return found


def _opinion(section: GateSection, people: People, now: int) -> Opinion:
    """What the answers say; `now` in ms, without the time of a freeze. A refusal is a halt."""
    at, approved = section.at, people.approved_by
    if len(approved) >= section.approvals:
        return Opinion("agrees", f"approved at {at} by {', '.join(approved)}")
    so_far = f"{len(approved)} of {section.approvals} approved at {at}"
    if now >= people.since + section.hours * HOUR_MS:
        return Opinion("refuses", f"{so_far} within {section.hours} h")
    return Opinion("waits", f"{so_far} so far")


def _question(run: Run, plan: Plan, section: GateSection, people: People) -> ApprovalNeeded:
    judged = (f"judged so far: {run.judged.reason}",) if run.judged else ()
    ahead = tuple(stage.says for stage in plan.stages[run.position + 1 :])
    return ApprovalNeeded(
        gate=section.at,
        approvals=section.approvals,
        hours=section.hours,
        until=iso(people.since + section.hours * HOUR_MS),
        look_at=(*judged, *plan.notes),
        what_follows=ahead,
        input=_input(run, section),
        **run.about(f"the release waits for approval at {section.at}"),
    )


def _input(run: Run, section: GateSection) -> str:
    """The input of an execution that approves. People put their own name in it."""
    document = {
        "action": "answer",
        "endpoint": run.the_endpoint,
        "release_id": run.release,
        "gate": section.at,
        "approve": True,
        "by": "whoever approves",
    }
    return json.dumps(document)
