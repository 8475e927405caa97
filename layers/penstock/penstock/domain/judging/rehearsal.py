"""A release rehearsed minute by minute: the judge as it is, on traffic that is made up."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import NamedTuple

from penstock.domain.judging.counts import NO_REQUESTS, Counts, Minute, added
from penstock.domain.judging.decision import Action, Move, next_move
from penstock.domain.judging.method import Method
from penstock.domain.judging.trial import Trial, begun, judged

ENDS: tuple[Action, ...] = ("roll_back", "promote", "inconclusive")

Serve = Callable[[float], Mapping[str, Counts]]  # the candidate's share -> what a minute shows
Look = Callable[[Trial, float, int], Move]  # trial, share, minutes since the first traffic


class Course(NamedTuple):
    """How it ended, after how many minutes, and all that was served until then, per metric."""

    action: Action
    minutes: int
    served: Mapping[str, Counts]


def adaptive(method: Method) -> Look:
    """Looks as an adaptive release has them."""
    return lambda trial, weight, minutes: next_move(trial, method, weight, minutes)


def rehearse(
    metrics: Iterable[str], method: Method, look: Look, weight: float, serve: Serve
) -> Course:
    """One release that begins at `weight`; it is judged on minutes that are complete by then."""
    trial = begun(metrics, method)
    served: Mapping[str, Counts] = dict.fromkeys(trial.metrics, NO_REQUESTS)
    incomplete: deque[Minute] = deque()
    for number in count():
        counts = serve(weight)
        served = {name: added(served[name], counts[name]) for name in served}
        if number >= method.warm_up:
            incomplete.append(Minute(number, weight, counts))
        if incomplete and incomplete[0].number <= number - method.lag:
            trial = judged(trial, incomplete.popleft(), method)
        move = look(trial, weight, number + 1)
        if move.action in ENDS:
            break
        weight = move.weight
    return Course(move.action, number + 1, served)
