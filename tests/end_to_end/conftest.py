"""The twin is deployed once per worker, every test has its own corner of it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.hygiene import check_events, clear_away, faults_of
from tests.end_to_end.stage import deployed
from tests.end_to_end.tally import tally_of
from twin.cloud import Twin

_stage = pytest.StashKey[ExitStack]()
_twin = pytest.StashKey[Twin]()


@pytest.fixture
def worker_twin(request: pytest.FixtureRequest) -> Twin:
    """The worker's twin, deployed when first asked for."""
    stash = request.config.stash
    if _twin not in stash:
        stash[_stage] = ExitStack()
        stash[_twin] = stash[_stage].enter_context(deployed())
    return stash[_twin]


@pytest.fixture
def bench(worker_twin: Twin, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A corner of the account, held to the promises that no test may break, and cleared away."""
    before = faults_of(worker_twin)
    corner = Bench(worker_twin)
    yield corner
    tally_of(request.config).note(corner, request.path.name)
    try:
        check_events(corner)
    finally:
        clear_away(corner)
    assert faults_of(worker_twin) == before


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the twin before a test that does not share it, or when something in it has failed."""
    stash = item.config.stash
    shared = "worker_twin" in getattr(nextitem, "fixturenames", ())
    if _twin in stash and (not shared or stash[_twin].clock.failures):
        del stash[_twin]
        stash[_stage].close()
