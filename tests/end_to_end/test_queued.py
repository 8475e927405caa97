"""`on_newer: queue`: a newer approval waits for the end of the release in hand."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import NOTHING_TO_DO, PROMOTED, SUPERSEDED, row


def test_of_two_newer_approvals_the_newest_follows_and_the_release_ends_undisturbed(
    bench: Bench,
) -> None:
    bench.live(rollout={"on_newer": "queue", "watch_minutes": 10})
    first = bench.started(bench.register())
    bench.until_share(50)
    second = bench.started(bench.register())
    newest = bench.register()
    third = bench.started(newest)
    assert row(bench.end(first)) == PROMOTED
    assert row(bench.end(second)) == SUPERSEDED
    # A sweep in the moment of rest starts the newest approval too; whichever claims first releases.
    assert row(bench.end(third)) in (PROMOTED, NOTHING_TO_DO)
    bench.twin.until(lambda: bench.gate().serving == newest, 120, "the newest release")
    assert bench.serving == [newest]
    assert bench.shares == {"live": 1.0}
    assert bench.gate().to_come is None
