"""Tries a handler with ever new damage, and holds each answer against what is promised."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.generated.account import Scene
from tests.generated.damage import Damager, dice
from tests.generated.invoking import Answered, Invoked, function
from tests.generated.recorded import Recorded

AMOUNT = int(os.environ.get("GENERATED", "300"))
"""Generated inputs of one handler; `make generated` tries more."""
IN_THE_LEDGER = {"UpdateItem", "TransactWriteItems", "BatchWriteItem"}


def try_damaged(
    name: str, given: Iterable[Recorded], odd: tuple[Any, ...], amount: int = AMOUNT
) -> Counter[str]:
    """How the function took so many damaged inputs: malformed, refused, failed, or taken."""
    random, seen = dice(name), Counter[str]()
    damagers = [(Damager(r.document, random, odd), r.scene) for r in given]
    with function(name) as invoke:
        for number in range(amount):
            damager, scene = random.choice(damagers)
            damaged = damager.damaged()
            story = f"{name}, input {number}: {'; '.join(damaged.done)}"
            refusing = random.random() < 0.3
            seen[tried(invoke, damaged.document, scene, story, refusing=refusing)] += 1
    return seen


def tried(
    invoke: Invoked, document: Any, scene: Scene, story: str, *, refusing: bool = False
) -> str:
    """How one input was taken; `story` tells what it was where a promise is broken."""
    try:
        answered = invoke(document, scene, refusing=refusing)
    except Exception as error:
        raise AssertionError(f"{story}: {error!r} is no error of the tree") from error
    broken = list(_broken(answered))
    assert not broken, f"{story}: {broken}"
    if answered.malformed:
        return "malformed"
    return "refused" if answered.refused else "failed" if answered.error else "taken"


def _broken(answered: Answered) -> Iterator[str]:
    if answered.malformed and answered.calls:
        yield f"found malformed only after {answered.calls}"
    if answered.refused and set(answered.writes) - IN_THE_LEDGER:
        yield f"refused after {answered.writes}"
