"""How often a harmless release is rolled back when an assumption of the judge fails.

Both variants are alike on average, with 0.1 % errors and 5 % slow answers. Whole releases run on
adaptive steps, with one minute of lag and no warm-up unless a row says so. The seeds are fixed.
`.venv/bin/python -m benchmarks.assumptions [RELEASES]` writes the table of docs/judge.md.
"""

import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from penstock.domain.judging.counts import Counts
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.rehearsal import Serve, rehearse
from penstock.domain.judging.walk import ramp
from penstock_cli.binomial import binomial

BASE = {"errors": 0.001, "latency": 0.05}
TRAFFIC = (600, 6000)  # requests a minute
COLD_MINUTES, COLD_EXTRA = 3, 0.05

Draw = Callable[[int, float, int, bool, random.Random], float]
"""(requests, base rate, minute, whether it is the candidate, randomness) -> bad requests"""


class Case(NamedTuple):
    """A failing assumption and its remedy: other settings of the judge."""

    name: str
    draw: Draw
    remedy: str
    remedied: JudgeSettings


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


def cold(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
    """Let 5 % more of the candidate's requests fail in its first minutes."""
    extra = COLD_EXTRA if candidate and minute < COLD_MINUTES else 0.0
    return binomial(n, p + extra, chance)


SHIPPED = JudgeSettings()
TOLERANT = replace(SHIPPED, rho=1.25)
CASES = (
    Case("noise in the candidate, sd 0.5", noisy(0.5, both=False), "tolerance 1.25", TOLERANT),
    Case("noise in the candidate, sd 1", noisy(1.0, both=False), "tolerance 1.25", TOLERANT),
    Case("noise in each variant, sd 0.5", noisy(0.5, both=True), "tolerance 1.25", TOLERANT),
    Case(
        *("noise in each variant, sd 0.5", noisy(0.5, both=True)),
        *("tolerance 1.5", replace(SHIPPED, rho=1.5)),
    ),
    Case("cold start of 3 minutes", cold, "3 minutes of warm-up", replace(SHIPPED, warm_up=3)),
    Case("3 attempts on one variant", sticky(3), "phi 3", replace(SHIPPED, phi=3.0)),
    Case("5 attempts on one variant", sticky(5), "phi 5", replace(SHIPPED, phi=5.0)),
)


def serving(requests: int, draw: Draw, chance: random.Random) -> Serve:
    """Return a function that serves one release, minute by minute, from its first minute."""
    minutes = iter(range(10**9))

    def serve(weight: float) -> Mapping[str, Counts]:
        minute = next(minutes)
        candidate = binomial(requests, weight, chance)
        live = requests - candidate
        return {
            name: Counts(
                live,
                draw(live, base, minute, False, chance),
                candidate,
                draw(candidate, base, minute, True, chance),
            )
            for name, base in BASE.items()
        }

    return serve


def rolled_back(requests: int, draw: Draw, settings: JudgeSettings, releases: int) -> float:
    """Return the percentage of releases that the judge rolls back."""
    chance = random.Random(17)  # noqa: S311 - a simulation
    weight = first_weight(requests, BASE, settings)
    backs = 0
    for _ in range(releases):
        serve = serving(requests, draw, chance)
        backs += rehearse(BASE, settings, ramp(settings, weight), serve).action == "roll_back"
    return 100 * backs / releases


def main(releases: int) -> None:
    """Print the table, in percent at 600 and 6,000 requests per minute."""
    sys.stdout.write(f"{releases} releases each: % rolled back at 600 / 6,000 requests/min\n\n")
    sys.stdout.write("| what fails | as shipped | remedy | with it |\n|---|---|---|---|\n")
    for case in CASES:
        shipped, with_it = (
            " / ".join(f"{rolled_back(r, case.draw, settings, releases):.1f}" for r in TRAFFIC)
            for settings in (SHIPPED, case.remedied)
        )
        sys.stdout.write(f"| {case.name} | {shipped} | {case.remedy} | {with_it} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
