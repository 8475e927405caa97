"""`make bench-engine`: the CPU time to judge one minute of one metric, relative to known work.

Unlike microseconds, such ratios also hold on a busy machine.
"""

import json
import math
import sys
from collections.abc import Callable
from time import process_time

from pydantic import TypeAdapter

from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.decision import next_move
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.findings import findings
from penstock.domain.judging.judge_settings import JudgeSettings

ROUNDS = 5
CALLS = 4_000


def per_call(work: Callable[[], object]) -> float:
    """Return the CPU time of one call in microseconds, the best of several rounds."""
    return min(_round(work) for _ in range(ROUNDS))


def _round(work: Callable[[], object]) -> float:
    start = process_time()
    for _ in range(CALLS):
        work()
    return (process_time() - start) / CALLS * 1e6


def main() -> None:
    """Print one line for each kind of work."""
    settings, state = JudgeSettings(), TypeAdapter(EvidenceState)
    minute = Minute(1, 0.05, {"errors": Counts(570, 1, 30, 3)})
    before = begun(["errors"], settings)
    after = judged(before, minute, settings)
    text = json.dumps(list(range(40)))
    works: dict[str, Callable[[], object]] = {
        "an empty function": lambda: None,
        "40 logarithms": lambda: [math.log(x) for x in range(1, 41)],
        "reading 40 numbers from JSON": lambda: json.loads(text),
        "judging one minute of one metric": lambda: judged(before, minute, settings),
        "deciding": lambda: next_move(after, settings, 0.05, 1),
        "explaining": lambda: findings(after, settings),
        "writing and reading the state": lambda: state.validate_json(state.dump_json(after)),
    }
    costs = {name: per_call(work) for name, work in works.items()}
    unit = costs["40 logarithms"]
    for name, cost in costs.items():
        sys.stdout.write(f"{name:<32} {cost:7.2f} us  {cost / unit:6.2f} x 40 logarithms\n")
    metric = json.dumps(after.metrics["errors"])
    sys.stdout.write(f"state of one metric: {len(metric)} bytes of JSON\n")


if __name__ == "__main__":
    main()
