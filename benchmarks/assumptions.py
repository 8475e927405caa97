"""How often a harmless release is rolled back when an assumption of the judge fails.

Both variants are alike on average, with 0.1 % errors and 5 % slow answers. Whole releases run on
adaptive steps with the settings of the default policy. The seeds are fixed.
`.venv/bin/python -m benchmarks.assumptions [RELEASES]` writes the table of docs/judge.md.
"""

import math
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from benchmarks.simulated import BASE, SHIPPED, Draw, percent, serving
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.noise_floor import NOISE_MINUTES, noise_by_minutes
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.simulated_release import Course, simulate
from penstock.domain.judging.walk import ramp
from penstock_cli.binomial import binomial

TRAFFIC = (600, 6000, 60_000)  # requests a minute
COLD_MINUTES, COLD_EXTRA = 8, 0.05
SEED = 17
MEMORY = 0.9
"""Of noise that lasts: the correlation of one minute with the next."""


class Case(NamedTuple):
    """A failing assumption and its remedy: other settings of the judge.

    Every release has a `drawing` of its own.
    """

    name: str
    drawing: Callable[[], Draw]
    remedy: str
    remedied: JudgeSettings


class Wandering:
    """Multiply each variant's rates by log-normal noise that lasts, with mean 1."""

    def __init__(self, variation: float) -> None:
        """`variation`: standard deviation over mean."""
        self._spread = math.sqrt(math.log1p(variation**2))
        self._at: dict[tuple[float, bool], float] = {}

    def __call__(
        self, n: int, p: float, minute: int, candidate: bool, chance: random.Random
    ) -> float:
        before = self._at.get((p, candidate)) if minute else None
        now = chance.gauss(0, 1)
        if before is not None:
            now = MEMORY * before + math.sqrt(1 - MEMORY**2) * now
        self._at[p, candidate] = now
        factor = math.exp(self._spread * now - self._spread**2 / 2)
        return binomial(n, min(1.0, p * factor), chance)


def noisy(deviation: float, *, both: bool) -> Draw:
    """Multiply each minute's rate by random noise with mean 1 and this standard deviation."""
    shape = deviation**-2

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del minute
        factor = chance.gammavariate(shape, 1 / shape) if candidate or both else 1.0
        return binomial(n, min(1.0, p * factor), chance)

    return draw


def sticky(attempts: int) -> Draw:
    """Let each failing request fail `attempts` times in all, on the same variant."""

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del minute, candidate
        return min(n, attempts * binomial(n, p / attempts, chance))

    return draw


def cold(
    n: int, p: float, minute: int, candidate: bool, chance: random.Random, lasts: int = COLD_MINUTES
) -> float:
    """Let 5 % more of the candidate's requests fail in its first minutes."""
    extra = COLD_EXTRA if candidate and minute < lasts else 0.0
    return binomial(n, p + extra, chance)


TOLERANT = replace(SHIPPED, rho=1.25)
CASES = (
    *(
        Case(f"noise in {where}, sd {sd:g}", partial(noisy, sd, both=both), f"tolerance {rho:g}", s)
        for where, sd, both, rho, s in (
            ("the candidate", 0.5, False, 1.25, TOLERANT),
            ("the candidate", 1.0, False, 1.25, TOLERANT),
            ("each variant", 0.5, True, 1.25, TOLERANT),
            ("each variant", 0.5, True, 1.5, replace(SHIPPED, rho=1.5)),
        )
    ),
    *(
        Case(f"noise that lasts, sd {cv:g}", partial(Wandering, cv), f"tolerance {rho:g}", s)
        for cv, rho, s in ((0.1, 1.25, TOLERANT), (0.2, 1.25, TOLERANT))
    ),
    Case("cold for 8 minutes", lambda: cold, "8 minutes of warm-up", replace(SHIPPED, warm_up=8)),
    Case(
        "cold for 12 minutes",
        lambda: partial(cold, lasts=12),
        "cold_start_minutes 10",
        replace(SHIPPED, cold=10),
    ),
    Case("3 attempts on one variant", lambda: sticky(3), "phi 3", replace(SHIPPED, phi=3.0)),
    Case("5 attempts on one variant", lambda: sticky(5), "phi 5", replace(SHIPPED, phi=5.0)),
)


def history(requests: int, draw: Draw, chance: random.Random) -> list[Mapping[str, Counts]]:
    """Return the minutes of live that a plan learns from."""
    return [
        {
            name: Counts(requests, draw(requests, base, minute, False, chance), 0, 0)
            for name, base in BASE.items()
        }
        for minute in range(NOISE_MINUTES)
    ]


def rolled_back(
    requests: int,
    drawing: Callable[[], Draw],
    settings: JudgeSettings,
    releases: int,
    *,
    learns: bool = False,
) -> float:
    """Return the percentage of releases that the judge rolls back.

    If it `learns`, each release has the tolerance that live taught it in the hours before.
    """
    chance = random.Random(SEED)  # noqa: S311 - a simulation

    def course() -> Course:
        rho = settings.rho
        if learns:
            rho = noise_by_minutes(history(requests, drawing(), chance)).tolerance
        using = replace(settings, rho=rho)
        legs = ramp(using, first_weight(requests, BASE, using))
        return simulate(BASE, using, legs, serving(requests, drawing(), chance))

    return percent([course() for _ in range(releases)])


def main(releases: int) -> None:
    """Print the table, in percent at 600, 6,000 and 60,000 requests per minute."""
    sys.stdout.write(
        f"{releases} releases each: % rolled back at 600 / 6,000 / 60,000 requests/min\n\n"
    )
    sys.stdout.write("| what fails | tolerance 1.1 | learned by minutes | remedy | with it |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for case in CASES:
        least, learned, with_it = (
            " / ".join(
                f"{rolled_back(r, case.drawing, settings, releases, learns=learns):.1f}"
                for r in TRAFFIC
            )
            for settings, learns in ((SHIPPED, False), (SHIPPED, True), (case.remedied, False))
        )
        sys.stdout.write(f"| {case.name} | {least} | {learned} | {case.remedy} | {with_it} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
