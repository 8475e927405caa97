"""Answers of live and of its shadow to the same requests, joined by the caller's InferenceId.

No other key is documented. Whoever sends none, or one that was sent before, cannot be joined.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from penstock.domain.captures.captured import CapturedAnswer, answer_of

STRADDLING_MS = 60_000
"""A copy is answered at nearly the time of its original, but perhaps beyond the minutes joined."""
MOST_DIFFERENCES = 5
MOST_OF_AN_ANSWER = 200
"""Characters of an answer in a difference."""

Agree = Callable[[str, str], bool]
"""Whether live's answer and the shadow's are the same."""


class Difference(NamedTuple):
    """Two answers to one request that differ, cut to MOST_OF_AN_ANSWER characters."""

    inference_id: str
    live: str
    candidate: str


class Joined(NamedTuple):
    """What was found of some minutes.

    `live` and `candidate` are the answers of each. Of them `unmatched` have a name that the other
    side does not have, `nameless` none, and `repeated` one that came more than once. `unread` lines
    could not be read.
    """

    pairs: int = 0
    differing: int = 0
    unmatched: int = 0
    nameless: int = 0
    repeated: int = 0
    unread: int = 0
    live: int = 0
    candidate: int = 0
    differences: tuple[Difference, ...] = ()


class Side(NamedTuple):
    """The answers of one variant: those of the minutes joined, and the others around them."""

    there: Sequence[CapturedAnswer]
    named: Mapping[str, CapturedAnswer]
    repeated: frozenset[str]
    unread: int


def joined(
    live: Iterable[str], candidate: Iterable[str], first: int, end: int, agree: Agree
) -> Joined:
    """Join the answers of the time [first, end) in ms, whichever of the two lines came first."""
    here, there = _side(live, first, end), _side(candidate, first, end)
    repeated = here.repeated | there.repeated
    pairs = [
        (name, here.named[name].text, there.named[name].text)
        for name in sorted(_of_the_time(here, first, end) - repeated)
        if name in there.named
    ]
    differing = [pair for pair in pairs if not agree(*pair[1:])]
    return Joined(
        pairs=len(pairs),
        differing=len(differing),
        unmatched=_missing(here, there, first, end) + _missing(there, here, first, end),
        nameless=sum(not answer.inference_id for side in (here, there) for answer in side.there),
        repeated=sum(a.inference_id in repeated for side in (here, there) for a in side.there),
        unread=here.unread + there.unread,
        live=len(here.there),
        candidate=len(there.there),
        differences=tuple(_difference(*pair) for pair in differing[:MOST_DIFFERENCES]),
    )


def _side(lines: Iterable[str], first: int, end: int) -> Side:
    read = [answer_of(line) for line in lines if line.strip()]
    near = [
        answer
        for answer in read
        if answer and first - STRADDLING_MS <= answer.at < end + STRADDLING_MS
    ]
    counted = Counter(answer.inference_id for answer in near if answer.inference_id)
    return Side(
        [answer for answer in near if first <= answer.at < end],
        {answer.inference_id: answer for answer in near if answer.inference_id},
        frozenset(name for name, count in counted.items() if count > 1),
        read.count(None),
    )


def _of_the_time(side: Side, first: int, end: int) -> set[str]:
    return {name for name, answer in side.named.items() if first <= answer.at < end}


def _missing(side: Side, other: Side, first: int, end: int) -> int:
    """How many names of the time the other side does not have."""
    return len(_of_the_time(side, first, end) - side.repeated - set(other.named))


def _difference(name: str, live: str, candidate: str) -> Difference:
    return Difference(name, live[:MOST_OF_AN_ANSWER], candidate[:MOST_OF_AN_ANSWER])
