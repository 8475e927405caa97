"""`make bench-judge`: play everything, write results.md, results.json and the plots."""

import json
import os
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.judge.limits import EFFECTS, WEIGHTS, need
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
    (HERE / "results.json").write_text(
        json.dumps(
            {
                "cells": [_rounded(cell._asdict()) for cell in cells],
                "limits": [_rounded({**each._asdict(), "ratio": each.ratio}) for each in needs],
            },
            indent=None,
            separators=(",", ":"),
        ).replace("},{", "},\n{")
        + "\n"
    )
    (HERE / "results.md").write_text(report(cells, needs))
    for mode in MODES:
        name = mode.replace(" ", "-").lower()
        (HERE / f"exposure-{name}.svg").write_text(exposure(contests(cells, mode), mode))
    sys.stderr.write(f" {time.monotonic() - begun:.0f} s\n")


def _rounded(row: dict[str, object]) -> dict[str, object]:
    return {
        key: float(f"{value:.4g}") if isinstance(value, float) else value
        for key, value in row.items()
    }


if __name__ == "__main__":
    main()
