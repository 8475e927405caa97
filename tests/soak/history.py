"""A history is a list of actions: data that is drawn from a seed, done, shrunk and printed."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from tests.soak.account import Account
from tests.soak.console import Console
from tests.soak.faults import Faults
from tests.soak.people import GROUPS, People

ROOM = 1 << 16
LENGTHS = range(40, 161)
"""How many actions a history may have."""


WEIGHTS: dict[str, float] = {
    "run": 22,
    "wait": 3,
    "days": 0.5,
    "approve": 7,
    "submit": 3,
    "decide": 3,
    "reject": 3,
    "release": 2,
    "rollback": 1.5,
    "look_after": 5,
    "policy": 1.5,
    "strategy": 2,
    "answer": 9,
    "freeze": 0.7,
    "thaw": 2,
    "delete_package": 0.5,
    "overwrite": 0.7,
    "deliver": 9,
    "lose": 2,
    "duplicate": 2,
    "alarm": 4,
    "calm": 4,
    "kill": 4,
    "die": 2,
    "pause": 2,
    "resume": 3,
    "interleave": 3,
    "fail": 5,
    "throttle": 2,
    "deny": 1,
    "refuse_back": 1.5,
    "maintain": 1,
    "scale": 1.5,
    "edit": 1,
    "weigh": 0.4,
    "put_back": 1,
    "delete_endpoint": 0.3,
    "borrow": 0.5,
}
"""Every kind of action, and how often it is drawn."""


class Action(NamedTuple):
    """What happens next. `a` and `b` choose among what there is then, so none is impossible."""

    kind: str
    a: int
    b: int


Deed = Callable[[int, int], str]
"""Answers what was done, empty when there was nothing to do it to."""


def deeds(account: Account) -> dict[str, Deed]:
    """What each kind of action does; its name is the method's."""
    parties = (People(account), Console(account), Faults(account))
    return {k: next(getattr(p, k) for p in parties if hasattr(p, k)) for k in WEIGHTS}


def draw(seed: int, length: int | None = None) -> list[Action]:
    """The history of a seed, as long as the seed says or as it is asked for.

    It begins with a policy for each group.
    """
    random = Random(seed)  # noqa: S311 - no secrets here
    length = length or random.choice(LENGTHS)
    chosen = random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    begun = ["strategy"] * len(GROUPS)
    acted = [Action(k, random.randrange(ROOM), random.randrange(ROOM)) for k in begun + chosen]
    return [Action(each.kind, a, each.b) for a, each in enumerate(acted[: len(GROUPS)])] + acted[
        len(GROUPS) :
    ]


def do(account: Account, actions: Sequence[Action], said: list[str] | None = None) -> None:
    """Do them in their order, the promises held after each; `said` collects what happens."""
    able = deeds(account)
    for action in actions:
        told = able[action.kind](action.a, action.b)
        if said is not None:
            said.append(f"{action.kind:<16} {told or '-'}")
        account.promises.still()
