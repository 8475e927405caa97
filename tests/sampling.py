"""A seeded sample of the suite for `make test`; `make test-all` and `.ci/run` try all of it.

`SAMPLE` in the environment is the seed, any text. Without it nothing is left out.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest

Point = TypeVar("Point")
TESTS = Path(__file__).parent
SEED = os.environ.get("SAMPLE", "")
POINTS = os.environ.get("POINTS", "")
"""Seed of the points of sweeps where no test is left out; without it they strike every point."""
FEWER = 4

ONE_IN = {
    "end_to_end": 14,
    "end_to_end/test_promoted.py": 4,
    "end_to_end/test_real_servers.py": 0,
    "end_to_end/test_rolled_back.py": 4,
    "field/test_endpoints_found.py": 3,
    "generated": 6,
    "contracts": 4,
    "twin": 4,
    "soak": 10,
    "protocol/test_adaptive.py": 3,
    "protocol/test_freeze.py": 3,
    "protocol/test_queued.py": 3,
    "sweeps/test_scaling_deaths.py": 3,
    "protocol/test_stuck.py": 3,
    "sweeps/test_two_deaths.py": 3,
    "soak/test_walks.py": 3,
    "unit/judging/test_guarantees.py": 4,
    "unit/judging/test_holdback.py": 3,
    "unit/cli/test_power.py": 5,
}
"""Where tests take long: of each file in here a sample has one test in so many; 0 is none.

`make demo` shows what real servers do."""


def one_in(share: int, points: Sequence[Point], name: str, seed: str = SEED) -> list[Point]:
    """In a sample one of each `share` neighbours, or none of any; all of them otherwise.

    `name` is the sweep's: each has draws of its own.
    """
    if not seed:
        return list(points)
    if not share:
        return []
    random = Random(f"{seed} {name}")  # noqa: S311 - no secrets here
    neighbours = (points[k : k + share] for k in range(0, len(points), share))
    return [random.choice(each) for each in neighbours]


def to_strike(
    share: int, points: Sequence[Point], name: str, seed: str = SEED, of_all: str = POINTS
) -> list[Point]:
    """The points of a sweep: one of each `share` in a sample, of each FEWER where `of_all` is a
    seed (`make test-all`), and otherwise every one.
    """
    if not seed and of_all:
        return one_in(FEWER, points, name, of_all)
    return one_in(share, points, name, seed)


def share_of(file: Path) -> int:
    """One test in how many a sample has of a test file; the longest entry that fits counts."""
    name = file.relative_to(TESTS).as_posix()
    fitting = [entry for entry in ONE_IN if f"{name}/".startswith(f"{entry}/")]
    return ONE_IN[max(fitting, key=len)] if fitting else 1


def left_out(items: Iterable[pytest.Item], seed: str = SEED) -> list[pytest.Item]:
    """The tests that a sample does without."""
    files: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    drops: list[pytest.Item] = []
    for file, those in files.items():
        kept = {item.nodeid for item in one_in(share_of(file), those, file.name, seed)}
        drops += [item for item in those if item.nodeid not in kept]
    return drops
