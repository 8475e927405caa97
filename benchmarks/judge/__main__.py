"""`make bench-judge`: simulate all releases and write results.md, results.json and the plots."""

import json
import os
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from benchmarks.judge.limits import EFFECTS, WEIGHTS, Need, need
from benchmarks.judge.plots import exposure
from benchmarks.judge.report import report
from benchmarks.judge.rivals import MODES
from benchmarks.judge.tables import Cell, contests, jobs, run

HERE = Path(__file__).parent


def main() -> None:
    begun = time.monotonic()
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        cells: list[Cell] = []
        for found in pool.imap(run, jobs()):
            cells += found
            sys.stderr.write(".")
            sys.stderr.flush()
    needs = [need(*effect, weight) for effect in EFFECTS for weight in WEIGHTS]
    (HERE / "results.json").write_text(data(cells, needs))
    (HERE / "results.md").write_text(report(cells, needs))
    for mode in MODES:
        name = mode.replace(" ", "-").lower()
        (HERE / f"exposure-{name}.svg").write_text(exposure(contests(cells, mode), mode))
    sys.stderr.write(f" {time.monotonic() - begun:.0f} s\n")


def data(cells: Sequence[Cell], needs: Sequence[Need]) -> str:
    """Return both tables as JSON, one row per line."""
    limits = [(*need, need.ratio) for need in needs]
    return "\n".join(
        [
            '{"cells": [',
            _rows([Cell._fields, *cells]),
            '], "limits": [',
            _rows([(*Need._fields, "ratio"), *limits]),
            "]}\n",
        ]
    )


def _rows(rows: Sequence[Sequence[object]]) -> str:
    return ",\n".join(json.dumps([_rounded(value) for value in row]) for row in rows)


def _rounded(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
