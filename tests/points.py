"""How many points the sweeps of a run have tried: `record_property("points", n)` in each test."""

from collections import Counter

import pytest


def print_points(reporter: pytest.TerminalReporter) -> None:
    """One line for each test that counted points, parameters added up."""
    found: Counter[str] = Counter()
    for report in reporter.getreports("passed"):
        counted = (n for key, n in report.user_properties if key == "points")
        for count in counted:
            found[report.nodeid.split("::")[1].split("[")[0]] += int(str(count))
    for name, count in found.items():
        reporter.write_line(f"{count:7,} points: {name.removeprefix('test_').replace('_', ' ')}")
