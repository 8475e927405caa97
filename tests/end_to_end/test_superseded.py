"""A newer approval takes over before promotion, and waits for nothing afterwards."""

from penstock.domain.gate import WINDOW
from tests.end_to_end.bench import ANSWERED, PROMOTED, SUPERSEDED, Bench, ending, row


def test_a_newer_approval_takes_over_before_promotion(bench: Bench) -> None:
    before = bench.live(rollout={"step_minutes": 20})
    older = bench.started(bench.register())
    bench.until_share(50)
    newer = bench.register()
    assert row(bench.released(newer)) == PROMOTED
    execution = bench.end(older)
    assert row(execution) == SUPERSEDED
    assert set(ending(execution)) == ANSWERED
    assert ending(execution)["live_model_package_arn"] == before
    assert newer in ending(execution)["reason"]
    assert bench.serving == [newer]
    assert bench.events("Release Superseded")[0]["newer_model_package_arn"] == newer
    assert bench.mail("Release Superseded")


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
