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

    Each look judges the minutes that are complete by then. While the share moves nobody looks, and
    the old one is served until the last of these minutes.
    """
    state = begun(metrics, settings)
    walk, weight, following = Walk(legs, HarmEvidence(state, settings)), legs[0].share, None
    served: Mapping[str, Counts] = dict.fromkeys(state.metrics, NO_REQUESTS)
    incomplete: deque[Minute] = deque()
    moving = 0
    for number in count():
        if following is not None and moving <= 1:
            weight, following = following, None
        counts = serve(weight)
        served = {name: added(served[name], counts[name]) for name in served}
        if number >= settings.warm_up:
            incomplete.append(Minute(number, None if moving else weight, counts))
        while incomplete and incomplete[0].number <= number - settings.lag:
            walk.hear(incomplete.popleft())
        moving = max(0, moving - 1)
        if following is not None or moving:
            continue
        decision = walk.look(weight, number)
        if decision.action in ENDS:
            break
        if decision.weight != weight:
            following, moving = decision.weight, settings.move
    return Course(decision.action, number + 1, served)
