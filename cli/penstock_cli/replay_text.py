"""A replay written out: JSON lines, or a table."""

import csv
import io
import json
from collections.abc import Sequence

from penstock_cli.replay import JudgedMinute, ReplayVerdict


def replay_lines(judged: Sequence[JudgedMinute], verdict: ReplayVerdict) -> str:
    """One JSON document a minute, and the verdict."""
    documents = [*(line.line() for line in judged), verdict._asdict()]
    return "".join(f"{json.dumps(document)}\n" for document in documents)


def replay_csv(judged: Sequence[JudgedMinute]) -> str:
    """The same minutes as a table; what is per metric has a column for each."""
    written = io.StringIO()
    rows = [_row(line) for line in judged]
    table = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()


def _row(line: JudgedMinute) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, value in line.line().items():
        if isinstance(value, dict):
            row |= {f"{name}.{metric}": figure for metric, figure in value.items()}
        else:
            row[name] = value
    return row
