"""A newer approval takes over before promotion, and waits for nothing afterwards."""

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import (
    ANSWERED,
    NOTHING_TO_DO,
    PROMOTED,
    REFUSED,
    RESTORED,
    SUPERSEDED,
    ending,
    row,
)


def test_a_newer_approval_takes_over_before_promotion(bench: Bench) -> None:
    before = bench.live(rollout={"step_minutes": 20})
    older = bench.started(bench.register())
    bench.until_share(50)
    newer = bench.register()
    # A sweep in the moment of rest starts the newer approval too; whichever claims first releases.
    assert row(bench.released(newer)) in (PROMOTED, NOTHING_TO_DO)
    bench.twin.until(lambda: bench.gate().serving == newer, 120, "the newer release")
    execution = bench.end(older)
    assert row(execution) == SUPERSEDED
    assert set(ending(execution)) == ANSWERED
    assert ending(execution)["live_model_package_arn"] == before
    assert newer in ending(execution)["reason"]
    assert ending(execution)["tidy"] == "pending"
    assert bench.serving == [newer]
    assert bench.events("Release Superseded")[0]["newer_model_package_arn"] == newer
    assert bench.mail("Release Superseded")


def test_what_a_superseded_release_left_is_tidied_by_the_sweep(bench: Bench) -> None:
    before = bench.live(rollout={"step_minutes": 60})
    older = bench.started(bench.register())
    bench.until_share(50)
    bench.policy({"alarms": ["nobody-made-this"]})
    assert row(bench.released(bench.register())) == REFUSED
    assert ending(bench.end(older))["tidy"] == "pending"
    assert bench.shares == {"live": 1.0, "candidate": 0.0}
    assert row(bench.end(bench.recoveries(minutes=60)[0].arn)) == RESTORED
    assert (bench.serving, bench.gate().tidy) == ([before], None)


def test_in_the_watch_window_a_newer_approval_ends_the_watch(bench: Bench) -> None:
    bench.live(rollout={"watch_minutes": 120})
    older = bench.started(bench.register())
    bench.until_step(WINDOW)
    bench.policy({"rollout": {"watch_minutes": 2}})
    newer = bench.register()
    assert row(bench.released(newer)) == PROMOTED
    assert row(bench.end(older)) == PROMOTED
    assert bench.serving == [newer]
    assert bench.shares == {"live": 1.0}
