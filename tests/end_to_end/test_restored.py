"""A person's rollback, and a recovery, bring back what served before."""

import pytest

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ANSWERED, PROMOTED, RESTORED, ROLLED_BACK, ending, row

LONG = {"rollout": {"step_minutes": 60}}
ALL_AT_ONCE = {"rollout": {"strategy": "all_at_once", "watch_minutes": 2}}


def promoted(bench: Bench) -> str:
    """One more version, promoted as quickly as can be; answers its package."""
    package = bench.approved_unseen()
    assert row(bench.released_by_hand(package, policy=ALL_AT_ONCE)) == PROMOTED
    return package


def test_a_running_release_is_stopped_and_what_served_before_serves(bench: Bench) -> None:
    before = bench.live(**LONG)
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    rollback = bench.rolled_back_by_hand(reason="support ticket 4711")
    assert (row(rollback), row(bench.end(release))) == (RESTORED, ROLLED_BACK)
    assert "support ticket 4711" in ending(bench.end(release))["reason"]
    assert set(ending(rollback)) == ANSWERED
    assert ending(rollback)["live_model_package_arn"] == before
    assert ending(rollback)["previous_model_package_arn"] == package
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_in_the_watch_window_it_goes_to_the_previous_package(bench: Bench) -> None:
    before = bench.live(rollout={"watch_minutes": 60})
    release = bench.started(bench.register())
    bench.until_step(WINDOW)
    assert row(bench.rolled_back_by_hand()) == RESTORED
    assert row(bench.end(release)) == ROLLED_BACK
    assert bench.serving == [before]


def test_at_rest_it_goes_to_the_one_before_the_one_serving(bench: Bench) -> None:
    before = bench.live()
    package = promoted(bench)
    rollback = bench.rolled_back_by_hand()
    assert row(rollback) == RESTORED
    said = ending(rollback)
    assert (said["live_model_package_arn"], said["previous_model_package_arn"]) == (before, package)
    assert bench.serving == [before]
    assert bench.events("Rollback Done")[-1]["live_model_package_arn"] == before
    assert "Rollback Done" in bench.mail()[-1][0]


def test_to_names_an_older_known_good_release(bench: Bench) -> None:
    first = bench.live()
    oldest = bench.gate().release
    promoted(bench)
    promoted(bench)
    rollback = bench.rolled_back_by_hand(to=oldest)
    assert row(rollback) == RESTORED
    assert bench.serving == [first]


def test_after_a_rollback_the_rolled_back_package_can_be_retried_by_hand(bench: Bench) -> None:
    bench.live()
    package = promoted(bench)
    bench.rolled_back_by_hand()
    assert row(bench.released_by_hand(package, policy=ALL_AT_ONCE)) == PROMOTED
    assert bench.serving == [package]


@pytest.mark.parametrize("to", ["0123456789", None])
def test_a_rollback_to_nothing_known_is_refused(bench: Bench, to: str | None) -> None:
    before = bench.live()
    rollback = bench.rolled_back_by_hand(**({"to": to} if to else {}))
    assert row(rollback) == ("FAILED", "Refused", "refused")
    assert "to go back to" in ending(rollback)["reason"]
    assert bench.serving == [before]
