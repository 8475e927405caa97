"""Hooks for the whole session; those of a deeper folder are not loaded where workers are led."""

import gc

import pytest
from hypothesis import Phase, settings

from tests import points, sampling
from tests.end_to_end import tally
from tests.end_to_end.tally import pytest_sessionfinish, pytest_testnodedown

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

# For `make mutate`: a mutant has to fail somewhere, its smallest failure is of no interest.
settings.register_profile(
    "mutate",
    settings.get_profile("ci"),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Do without those tests that are not in the sample."""
    if drops := {id(item) for item in sampling.left_out(items)}:
        config.hook.pytest_deselected(items=[item for item in items if id(item) in drops])
        items[:] = [item for item in items if id(item) not in drops]


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays: modules, models and tests, a million objects.

    Walking them again and again would take a quarter of the time of tests that make many objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def pytest_report_header() -> str | None:
    """Say that this is a sample."""
    return f"a sample of the suite, seed {sampling.SEED}" if sampling.SEED else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the run as a whole has shown."""
    tally.pytest_terminal_summary(terminalreporter)
    points.print_points(terminalreporter)
