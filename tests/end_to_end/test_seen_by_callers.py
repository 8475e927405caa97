"""Failure is what the caller sees: a candidate that gives no answer goes back, by every way."""

from collections.abc import Iterator

import pytest

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.policies import Document
from tests.end_to_end.real_models import Users, furnish, register
from tests.end_to_end.stage import BUCKET
from twin.sagemaker.meter import Meter
from twin.sagemaker.synthetic import Behaviour

HANGS = Behaviour(silence_rate=1.0)
STUMBLES = Behaviour(silence_rate=0.04)
"""Far above the margin, and below the alarms' net of ten times the margin."""
FORGIVING = {"margins": {"errors": 0.02}}
LONG = {"rollout": {"step_minutes": 20}}
ALL_AT_ONCE: Document = {"strategy": "all_at_once", "watch_minutes": 20}
ALL_AT_ONCE |= dict.fromkeys(("steps", "step_minutes", "hold_minutes"))


LATE = pytest.param((False, 60.0), id="counted-late")
AS_5XX = pytest.param((True, 0.0), id="counted-as-5xx")


@pytest.fixture(params=[LATE, AS_5XX])
def meter(bench: Bench, request: pytest.FixtureRequest) -> Iterator[Meter]:
    """AWS does not say whether a request without an answer is a 5xx, too, nor when it counts."""
    found = bench.twin.sagemaker.meter
    found.unanswered_is_5xx, found.gives_up_after = request.param
    yield found
    found.unanswered_is_5xx, found.gives_up_after = False, 0.0


@pytest.fixture
def frugal(bench: Bench) -> Iterator[None]:
    """Nothing is published of a count of nothing."""
    meter, store = bench.twin.sagemaker.meter, bench.twin.cloudwatch.store
    meter.publishes_zeros = store.empty_ranges_have_points = False
    yield
    meter.publishes_zeros = store.empty_ranges_have_points = True


def went_back(bench: Bench, before: str, reason: str, package: str) -> None:
    execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert reason in ending(execution)["reason"]
    assert bench.serving == [before]


@pytest.mark.usefixtures("meter")
def test_a_candidate_that_hangs_goes_back_by_an_alarm(bench: Bench) -> None:
    before = bench.live(**LONG)
    alarm = f"the alarm penstock-{bench.endpoint}-errors fired"
    went_back(bench, before, alarm, bench.register(behaviour=HANGS))


@pytest.mark.usefixtures("meter")
def test_a_candidate_that_drops_some_requests_goes_back_by_the_judge(bench: Bench) -> None:
    before = bench.live(judge=FORGIVING, **LONG)
    package = bench.register(behaviour=STUMBLES)
    went_back(bench, before, "the candidate is worse than live", package)


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("meter", [LATE], indirect=True)
def test_a_model_that_begins_to_hang_in_its_watch_window_goes_back(bench: Bench) -> None:
    before = bench.live(rollout={"watch_minutes": 30})
    release = bench.started(bench.register())
    bench.until_step(WINDOW)
    bench.twin.synthetic.behave(f"s3://{BUCKET}/{bench.group}/2/model.tar.gz", HANGS)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert f"penstock-{bench.endpoint}-errors-live" in ending(execution)["reason"]
    assert bench.serving == [before]


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize("meter", [LATE], indirect=True)
def test_a_model_that_hangs_all_at_once_goes_back(bench: Bench) -> None:
    before = bench.live(rollout=ALL_AT_ONCE)
    package = bench.register(behaviour=HANGS)
    went_back(bench, before, f"penstock-{bench.endpoint}-errors-live", package)


def test_a_candidate_whose_clients_send_bad_requests_is_promoted(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 6})
    execution = bench.released(bench.register(behaviour=Behaviour(client_error_rate=0.5)))
    assert row(execution) == PROMOTED, ending(execution)["reason"]


@pytest.mark.usefixtures("frugal")
def test_a_fast_and_faultless_candidate_is_promoted_where_nothing_is_not_published(
    bench: Bench,
) -> None:
    bench.live(rollout={"step_minutes": 6}, judge={"latency_objective_ms": 200})
    execution = bench.released(bench.register())
    assert row(execution) == PROMOTED, ending(execution)["reason"]


@pytest.mark.usefixtures("frugal")
def test_a_candidate_that_is_always_slow_goes_back_where_nothing_is_not_published(
    bench: Bench,
) -> None:
    before = bench.live(judge={"latency_objective_ms": 200}, **LONG)
    package = bench.register(behaviour=Behaviour(latency_ms=900))
    went_back(bench, before, f"penstock-{bench.endpoint}-latency", package)


@pytest.fixture
def impatient(bench: Bench) -> Iterator[None]:
    """A real tenth of a second and not a minute, after which an answer is waited for no more."""
    calls = bench.twin.sagemaker.router.calls
    patience, calls.timeout_seconds = calls.timeout_seconds, 0.1
    yield
    calls.timeout_seconds = patience


@pytest.mark.usefixtures("impatient")
def test_real_models_that_hang_die_or_babble_go_back(bench: Bench) -> None:
    furnish(bench.twin)
    bench.policy({"rollout": {"step_minutes": 6}, "judge": {"min_requests": 5}})
    assert row(bench.released(register(bench, "good"))) == PROMOTED
    users = Users(bench)
    for fault in ("hanging", "dying", "babbling"):
        users.answers.clear()
        execution = bench.released(register(bench, fault))
        assert row(execution) == ROLLED_BACK, fault
        assert "-errors fired" in ending(execution)["reason"]
        assert users.answers["0"] > 5
    users.answers.clear()
    bench.pass_minutes(1)
    users.leave()
    assert set(users.answers) == {"live"}
