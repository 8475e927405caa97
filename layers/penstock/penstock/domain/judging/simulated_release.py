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


def simulate(
    metrics: Iterable[str], settings: JudgeSettings, legs: Sequence[Leg], serve: Serve
) -> Course:
    """Simulate one release from its first leg.

    Each look judges the minutes that are complete by then. While the share moves nobody looks, and
    the old one is served until the last of these minutes.
    """
    state = begun(metrics, settings)
    walk, share = Walk(legs, HarmEvidence(state, settings)), _Served(legs[0].share)
    served: Mapping[str, Counts] = dict.fromkeys(state.metrics, NO_REQUESTS)
    incomplete: deque[Minute] = deque()
    for number in count():
        share.begins_a_minute()
        counts = serve(share.present)
        served = {name: added(served[name], counts[name]) for name in served}
        if number >= settings.warm_up:
            incomplete.append(Minute(number, share.steady, counts))
        while incomplete and incomplete[0].number <= number - settings.lag:
            walk.hear(incomplete.popleft())
        if share.still_moves():
            continue
        decision = walk.look(share.present, number)
        if decision.action in ENDS:
            break
        if decision.weight != share.present:
            share.move(decision.weight, settings.move)
    return Course(decision.action, number + 1, served)


class _Served:
    """The share that is served at `present`, and a move that takes `left` minutes more."""

    def __init__(self, present: float) -> None:
        self.present = self._target = present
        self._left = 0

    @property
    def steady(self) -> float | None:
        """The share of a minute; None if it moves within it."""
        return None if self._left else self.present

    def move(self, target: float, minutes: int) -> None:
        self._target, self._left = target, minutes
        if not minutes:
            self.present = target

    def begins_a_minute(self) -> None:
        if self._left == 1:
            self.present = self._target

    def still_moves(self) -> bool:
        """Whether a move goes on after this minute."""
        self._left = max(0, self._left - 1)
        return self._left > 0
