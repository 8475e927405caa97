"""Simulation of a release, minute by minute: the real judge on simulated traffic."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from penstock.domain.judging.assessment import HarmEvidence
from penstock.domain.judging.counts import NO_REQUESTS, Counts, Minute, added
from penstock.domain.judging.decision import MoveAction
from penstock.domain.judging.evidence_state import begun
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.walk import ENDS, Leg, Walk

Serve = Callable[[float], Mapping[str, Counts]]  # the candidate's share -> what a minute shows


class Course(NamedTuple):
    """Result of a simulated release: its ending, its minutes, and all requests per metric."""

    action: MoveAction
    minutes: int
    served: Mapping[str, Counts]


def rehearse(
    metrics: Iterable[str], settings: JudgeSettings, legs: Sequence[Leg], serve: Serve
) -> Course:
    """Simulate one release from its first leg.

    Each look judges the minutes that are complete by then.
    """
    state = begun(metrics, settings)
    walk, weight = Walk(legs, HarmEvidence(state, settings)), legs[0].share
    served: Mapping[str, Counts] = dict.fromkeys(state.metrics, NO_REQUESTS)
    incomplete: deque[Minute] = deque()
    for number in count():
        counts = serve(weight)
        served = {name: added(served[name], counts[name]) for name in served}
        if number >= settings.warm_up:
            incomplete.append(Minute(number, weight, counts))
        late = incomplete and incomplete[0].number <= number - settings.lag
        decision = walk.look(weight, number, incomplete.popleft() if late else None)
        if decision.action in ENDS:
            break
        weight = decision.weight
    return Course(decision.action, number + 1, served)
