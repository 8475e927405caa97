"""Hooks for the whole session; those of a deeper folder are not loaded where workers are led."""

import pytest

from tests import points
from tests.end_to_end import tally
from tests.end_to_end.tally import pytest_sessionfinish, pytest_testnodedown

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the run as a whole has shown."""
    tally.pytest_terminal_summary(terminalreporter)
    points.print_points(terminalreporter)
