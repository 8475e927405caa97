"""make soak: simulate more histories than the tests have time for, on every core.

python -m tests.soak [-n HISTORIES] [--first SEED] [--seed SEED | --mutants]
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from typing import NamedTuple

from tests.soak.account import Account
from tests.soak.history import Action, draw
from tests.soak.mutants import MUTANTS
from tests.soak.play import Make, failure, fresh, play, shrunk

EVERY_SECONDS = 5.0


class Played(NamedTuple):
    """One history: what failed, if anything, and how often each kind of action was in it."""

    seed: int
    failed: tuple[str, str] | None
    kinds: Counter[str]


def one(seed: int) -> Played:
    """Play the history of a seed."""
    actions = draw(seed)
    return Played(seed, failure(actions, fresh), Counter(a.kind for a in actions))


def replay(seed: int) -> str | None:
    """The smallest history that fails as the seed's does, as a script; None when all is well."""
    actions = draw(seed)
    failed = failure(actions, fresh)
    if failed is None:
        return None
    small = shrunk(actions, lambda fewer: fails(fewer, failed[0], fresh))
    said: list[str] = []
    try:
        play(small, fresh, said)
    except Exception as error:
        said.append(f"{type(error).__name__}: {error}")
    lines = [f"seed {seed}: {len(small)} of {len(actions)} actions suffice", *said]
    return "\n  ".join([*lines, f"make soak SEED={seed}"])


def fails(actions: Sequence[Action], name: str, make: Make) -> bool:
    """Whether this history breaks the promise of this name."""
    failed = failure(actions, make)
    return failed is not None and failed[0] == name


def first(kind: type[Account], count: int) -> Played | None:
    """The first history that an account of this kind does not survive."""
    for seed in range(count):
        if failed := failure(draw(seed), partial(fresh, kind)):
            return Played(seed, failed, Counter())
    return None


def mutants(count: int) -> int:
    """How many histories each rule's absence needs to be found."""
    for rule, kind in MUTANTS.items():
        found = first(kind, count)
        said = f"{found.seed + 1} histories: {found.failed}" if found else f"not in {count}"
        print(f"without {rule}: {said}"[:150])
    return 0


def soak(start: int, count: int) -> int:
    """Play `count` histories from seed `start` on, say how it goes; answers the exit code."""
    kinds: Counter[str] = Counter()
    failed: list[Played] = []
    started = told = time.monotonic()
    with Pool() as pool:
        for done, played in enumerate(pool.imap_unordered(one, range(start, start + count), 20), 1):
            kinds += played.kinds
            failed += [played] if played.failed else []
            if time.monotonic() - told > EVERY_SECONDS or done == count:
                told = time.monotonic()
                rate = done / (told - started)
                print(f"{done} of {count} histories, {rate:.0f} a second, {len(failed)} failed")
    print(", ".join(f"{kind} {number}" for kind, number in kinds.most_common()))
    for name in {p.failed[0] for p in failed if p.failed}:
        seeds = sorted(p.seed for p in failed if p.failed and p.failed[0] == name)
        print(f"\n{name}: {len(seeds)} histories, the first are {seeds[:10]}")
        print(replay(seeds[0]))
    return 1 if failed else 0


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="histories to play")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="shrink and print this one only")
    parser.add_argument("--mutants", action="store_true", help="leave out a rule after the other")
    options = parser.parse_args()
    if options.mutants:
        return mutants(options.n)
    if options.seed is None:
        return soak(options.first, options.n)
    story = replay(options.seed)
    print(story or f"seed {options.seed}: nothing fails")
    return 1 if story else 0


if __name__ == "__main__":
    sys.exit(main())
