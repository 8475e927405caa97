"""Hooks for the whole session; those of a deeper folder are not loaded where workers are led."""

from tests.end_to_end.tally import (
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]
