"""The CPU time to judge one minute of one metric, relative to known work, and what a signal takes.

Unlike microseconds, such ratios also hold on a busy machine. The bytes are those of the document
that an execution carries, as Lambda writes it: JSON with spaces.
"""

import json
import math
import sys
from collections.abc import Callable, Sequence
from time import process_time

from penstock.domain.judging.comparison import Comparison
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import begun, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.parts import stratum
from penstock.domain.judging.quantiles import QUANTILES, SIGNAL

ROUNDS = 5
CALLS = 4_000
MINUTES = 60
REQUESTS = 600, 30
"""Of live and of the candidate in a minute."""
ROUTES = 10
SIGNALS = {
    "errors": ["errors"],
    SIGNAL: list(QUANTILES),
    f"{ROUTES} strata": [stratum("errors", "Route", f"/{n}") for n in range(ROUTES)],
}
"""What is measured in bytes, and its metrics."""


def per_call(work: Callable[[], object]) -> float:
    """Return the CPU time of one call in microseconds, the best of several rounds."""
    return min(_round(work) for _ in range(ROUNDS))


def _round(work: Callable[[], object]) -> float:
    start = process_time()
    for _ in range(CALLS):
        work()
    return (process_time() - start) / CALLS * 1e6


def carried_bytes(metrics: Sequence[str]) -> int:
    """Return the bytes of these metrics after an hour in which both variants were alike."""
    settings = JudgeSettings()
    state = begun(metrics, settings)
    for number in range(MINUTES):
        state = judged(state, Minute(number, 0.05, {m: _counts(m) for m in metrics}), settings)
    comparison = Comparison(state=state, began=0, next_minute=MINUTES)
    return len(json.dumps(comparison.model_dump(mode="json", by_alias=True)["trial"]["metrics"]))


def _counts(metric: str) -> Counts:
    share = QUANTILES[metric].above if metric in QUANTILES else 1 / 1000
    live, candidate = REQUESTS
    return Counts(live, round(live * share), candidate, round(candidate * share))


def main() -> None:
    """Print one line for each kind of work."""
    settings = JudgeSettings()
    minute = Minute(1, 0.05, {"errors": Counts(570, 1, 30, 3)})
    before = begun(["errors"], settings)
    after = judged(before, minute, settings)
    comparison = Comparison(state=after, began=0, next_minute=2)
    text = json.dumps(list(range(40)))
    works: dict[str, Callable[[], object]] = {
        "an empty function": lambda: None,
        "40 logarithms": lambda: [math.log(x) for x in range(1, 41)],
        "reading 40 numbers from JSON": lambda: json.loads(text),
        "judging one minute of one metric": lambda: judged(before, minute, settings),
        "deciding": lambda: next_move(after, settings, 0.05, 1),
        "explaining": lambda: findings(after, settings),
        "writing and reading the state": lambda: Comparison.model_validate_json(
            comparison.model_dump_json()
        ),
    }
    costs = {name: per_call(work) for name, work in works.items()}
    unit = costs["40 logarithms"]
    for name, cost in costs.items():
        sys.stdout.write(f"{name:<32} {cost:7.2f} us  {cost / unit:6.2f} x 40 logarithms\n")
    for signal, metrics in SIGNALS.items():
        sys.stdout.write(f"state of {signal}: {carried_bytes(metrics)} bytes of JSON\n")


if __name__ == "__main__":
    main()
