"""Gates: stages at which a release waits for people."""

from collections.abc import Iterable, Iterator

from penstock.domain.judging.judgement import Rules
from penstock.domain.ledger.gate import PROMOTE, SHADOWED, STAGE
from penstock.domain.ledger.people import GateName
from penstock.domain.planning.stage import Stage
from penstock.domain.policy.gates import GateSection

LOOK_HOURS = 1
"""Between two looks where nothing is compared, once the wait lasted for four hours. Alarms, answers
and newer approvals wake the judge."""
_FIRST, _LAST_SHIFT = SHADOWED - 1, PROMOTE - 1
"""After a rehearsal and before anything else; after every share."""


def with_gates(stages: Iterable[Stage], gates: tuple[GateSection, ...]) -> Iterator[Stage]:
    """The stages with the policy's gates among them.

    A release without shares waits at both before its only stage.
    """
    stages, at = tuple(stages), {gate.at: gate for gate in gates}
    before, late = at.get("before_traffic"), at.get("before_promotion")
    staged = [k for k, stage in enumerate(stages) if not stage.percent and not stage.final]
    early = staged[-1] + 1 if before and before.staged and staged else 0
    for k, stage in enumerate(stages):
        if before and k == early:
            yield _waiting(before, stages[k - 1] if k else None, stage)
        if late and stage.final:
            yield _waiting(late, stages[k - 1] if k else None, stage)
        yield stage


def _waiting(gate: GateSection, before: Stage | None, following: Stage) -> Stage:
    """The stage changes nothing, so what is compared before it is compared meanwhile."""
    compared = before.compared if before else None
    return Stage(
        act="look",
        step=_step(gate.at, before),
        percent=0,
        target=None,
        keeps=True,
        raises=False,
        swaps=False,
        watched=before.watched if before else following.watched,
        compared=compared,
        final=False,
        rules=_rules(gate, following.rules, seen=compared is not None),
        asks=("gate",),
        gate=gate.at,
        says=_says(gate),
    )


def _step(at: GateName, before: Stage | None) -> int:
    if before is None:
        return _FIRST
    return STAGE if at == "before_traffic" else _LAST_SHIFT


def _rules(gate: GateSection, rules: Rules, *, seen: bool) -> Rules:
    """The gate has a deadline of its own, so doubt about the evidence may last as long.

    Where nothing is compared there is no doubt, and nothing that looks could see earlier.
    """
    waits = 60 * gate.hours
    return Rules(
        minutes=0,
        min_requests=0,
        deadline_minutes=waits + rules.deadline_minutes if seen else waits,
        wait_minutes=rules.wait_minutes,
        look_hours=None if seen else LOOK_HOURS,
        on_inconclusive=rules.on_inconclusive,
    )


def _says(gate: GateSection) -> str:
    people = "one person" if gate.approvals == 1 else f"{gate.approvals} people"
    hours = "an hour" if gate.hours == 1 else f"{gate.hours} hours"
    return f"wait at {gate.at} until {people} approved, at most {hours}"
