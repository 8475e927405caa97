"""How often a harmless release is rolled back where an assumption of the judge fails.

Both variants are alike on average; whole releases on their own ramp, idealised (one minute of
lag, no warm-up but where it is said); 0.1 % errors and 5 % slow answers; fixed seeds. Writes the
table of docs/judge.md: `.venv/bin/python -m benchmarks.assumptions [RELEASES]`.
"""

import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from penstock.cli.chance import binomial
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.method import Method
from penstock.domain.judging.ramp import first_weight
from penstock.domain.judging.rehearsal import Serve, rehearse
from penstock.domain.judging.walk import ramp

BASE = {"errors": 0.001, "latency": 0.05}
TRAFFIC = (600, 6000)  # requests a minute
COLD_MINUTES, COLD_EXTRA = 3, 0.05

Draw = Callable[[int, float, int, bool, random.Random], float]
"""requests, base rate, minute, of the candidate? -> bad requests"""


class Case(NamedTuple):
    """What fails, and a remedy: another setting, or minutes that are not judged."""

    name: str
    draw: Draw
    remedy: str
    remedied: Method


def noisy(deviation: float, *, both: bool) -> Draw:
    """The rate of a variant has a factor of its own each minute, with this standard deviation."""
    shape = deviation**-2

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del minute
        factor = chance.gammavariate(shape, 1 / shape) if candidate or both else 1.0
        return binomial(n, min(1.0, p * factor), chance)

    return draw


def sticky(attempts: int) -> Draw:
    """Each failure is tried again on the same variant, and fails again, so many times in all."""

    def draw(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
        del minute, candidate
        return min(n, attempts * binomial(n, p / attempts, chance))

    return draw


def cold(n: int, p: float, minute: int, candidate: bool, chance: random.Random) -> float:
    """The candidate fails on 5 % more of its first requests."""
    extra = COLD_EXTRA if candidate and minute < COLD_MINUTES else 0.0
    return binomial(n, p + extra, chance)


SHIPPED = Method()
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
    """Minutes of one release, from its first on."""
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


def rolled_back(requests: int, draw: Draw, method: Method, releases: int) -> float:
    """The share of releases that the judge takes back, in percent."""
    chance = random.Random(17)  # noqa: S311 - a simulation
    weight = first_weight(requests, BASE, method)
    backs = 0
    for _ in range(releases):
        serve = serving(requests, draw, chance)
        backs += rehearse(BASE, method, ramp(method, weight), serve).action == "roll_back"
    return 100 * backs / releases


def main(releases: int) -> None:
    """The table; percent at 600 and 6,000 requests a minute."""
    sys.stdout.write(f"{releases} releases each; rolled back in % at 600 / 6,000 requests/min\n\n")
    sys.stdout.write("| what fails | as shipped | remedy | with it |\n|---|---|---|---|\n")
    for case in CASES:
        shipped, with_it = (
            " / ".join(f"{rolled_back(r, case.draw, method, releases):.1f}" for r in TRAFFIC)
            for method in (SHIPPED, case.remedied)
        )
        sys.stdout.write(f"| {case.name} | {shipped} | {case.remedy} | {with_it} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
