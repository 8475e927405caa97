"""The twin is deployed once per worker, every test has its own corner of it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.hygiene import clear_away, faults_of
from tests.end_to_end.stage import deployed
from tests.end_to_end.tally import tally_of
from twin.cloud import Twin

_stage = pytest.StashKey[ExitStack]()
_twin = pytest.StashKey[Twin]()


@pytest.fixture
def twin(request: pytest.FixtureRequest) -> Twin:
    """The worker's twin, deployed when first asked for."""
    stash = request.config.stash
    if _twin not in stash:
        stash[_stage] = ExitStack()
        stash[_twin] = stash[_stage].enter_context(deployed())
    return stash[_twin]


@pytest.fixture
def bench(twin: Twin, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A corner of the account, held to the promises that no test may break, and cleared away."""
    before = faults_of(twin)
    corner = Bench(twin)
    yield corner
    tally_of(request.config).note(corner, request.path.name)
    clear_away(corner)
    assert faults_of(twin) == before


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the twin before a test that does not share it: it may start one of its own."""
    stash = item.config.stash
    if _twin in stash and "twin" not in getattr(nextitem, "fixturenames", ()):
        del stash[_twin]
        stash[_stage].close()
