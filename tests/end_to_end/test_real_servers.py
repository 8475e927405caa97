"""Handlers in processes of their own, real model servers, real requests: nothing is simulated."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.hygiene import check_events, clear_away, faults_of
from tests.end_to_end.real_models import Users, furnish, register
from tests.end_to_end.stage import deployed


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A corner of a twin of its own."""
    with deployed("processes") as twin:
        furnish(twin)
        corner = Bench(twin)
        yield corner
        check_events(corner)
        clear_away(corner)
        assert faults_of(twin) == []


@pytest.fixture
def users(bench: Bench) -> Iterator[Users]:
    """A good first version serves them."""
    bench.policy({"rollout": {"step_minutes": 6}, "judge": {"min_requests": 5}})
    assert row(bench.released(register(bench, "good"))) == PROMOTED
    asking = Users(bench)
    yield asking
    asking.leave()


def test_real_requests_decide_about_real_models(bench: Bench, users: Users) -> None:
    release = bench.started(register(bench, "better"))
    bench.until_share(50)
    users.answers.clear()
    bench.pass_minutes(4)
    assert users.answers["candidate"] > 5 < users.answers["live"]
    assert row(bench.end(release)) == PROMOTED
    execution = bench.released(register(bench, "broken"))
    assert row(execution) == ROLLED_BACK
    assert "-errors fired" in ending(execution)["reason"]
    assert users.answers["500"] > 5
    users.answers.clear()
    bench.pass_minutes(1)
    assert set(users.answers) == {"live"}
