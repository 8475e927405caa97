"""`penstock replay`: recorded minutes judged again, perhaps by another policy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import Minute
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.evidence_state import EvidenceState, begun
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import next_requests
from penstock.domain.judging.walk import ENDS, Leg, NextStep, Walk
from penstock_cli.minutes import OVERALL


class JudgedMinute(NamedTuple):
    """One minute judged again; `weight` is the share from now on, `recorded` the one it had."""

    minute: int
    log_e: Mapping[str, float]
    harm: Mapping[str, float]
    next_requests: Mapping[str, float]
    weight: float
    action: MoveAction
    reason: str
    recorded: float

    def line(self) -> dict[str, object]:
        """As it is written out."""
        document = self._asdict()
        del document["recorded"]
        return document


class ReplayVerdict(NamedTuple):
    """What the recording comes to; undecided where it ends before."""

    verdict: MoveAction | Literal["undecided"]
    minute: int
    reason: str


def replay(
    minutes: Sequence[Minute], settings: JudgeSettings, legs: Sequence[Leg]
) -> Iterator[JudgedMinute]:
    """Every minute judged on those before and itself; what was decided stays decided."""
    began = minutes[0].number
    evidence = HarmEvidence(begun(minutes[0].counts, settings), settings)
    walk = Walk(legs, evidence, began, told=True)
    weight = 0.0
    ended: JudgedMinute | None = None
    for minute in minutes:
        weight = weight if minute.weight is None else minute.weight
        decision = walk.look(weight, minute.number, minute)
        if ended:
            decision = NextStep(ended.action, ended.weight, f"decided at minute {ended.minute}")
        now = _judged(walk.evidence.state, settings, minute.number, weight, decision)
        ended = ended or (now if now.action in ENDS else None)
        yield now


def verdict_of(lines: Sequence[JudgedMinute]) -> ReplayVerdict:
    """The first end among the judged minutes."""
    for line in lines:
        if line.action in ENDS:
            return ReplayVerdict(line.action, line.minute, line.reason)
    return ReplayVerdict("undecided", lines[-1].minute, lines[-1].reason)


def _judged(
    state: EvidenceState, settings: JudgeSettings, number: int, recorded: float, decision: NextStep
) -> JudgedMinute:
    bounded = state.bounded.items()
    return JudgedMinute(
        number,
        {OVERALL: state.log_e()} | state.alone(),
        {name: metric.harm_at_most(settings) for name, metric in bounded},
        {name: next_requests(metric, settings.limit(name), settings) for name, metric in bounded},
        decision.weight,
        decision.action,
        decision.reason,
        recorded,
    )
