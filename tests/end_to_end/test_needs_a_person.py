"""Penstock leaves alone what it must not or cannot repair, and notifies people."""

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import (
    ANSWERED,
    NEEDS_A_PERSON,
    PROMOTED,
    REFUSED,
    RESTORED,
    ending,
    row,
)
from tests.end_to_end.people import edit_endpoint, put_stray


def test_a_persons_edit_during_a_release_is_never_overwritten(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 6})
    release = bench.started(bench.register())
    bench.until_share(50)
    theirs = edit_endpoint(bench)
    execution = bench.end(release)
    assert row(execution) == NEEDS_A_PERSON
    assert set(ending(execution)) == ANSWERED
    assert bench.shown()["EndpointConfigName"] == theirs
    assert theirs in str(bench.gate().drift)
    assert bench.events("Endpoint Drifted")
    assert bench.events("Attention Needed")
    assert bench.mail("Attention Needed")


def test_after_a_persons_edit_releases_are_refused_until_adopted(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 6})
    release = bench.started(bench.register())
    bench.until_share(50)
    edit_endpoint(bench)
    bench.end(release)
    package = bench.register()
    assert row(bench.released(package)) == REFUSED
    assert row(bench.released_by_hand(package, adopt=True)) == PROMOTED


def test_an_alarm_in_the_first_releases_window_has_nothing_to_go_back_to(bench: Bench) -> None:
    bench.policy({"rollout": {"watch_minutes": 20}})
    bench.drive()
    package = bench.register(behaviour=BAD)
    execution = bench.released(package)
    assert row(execution) == NEEDS_A_PERSON
    assert "nothing to go back to" in ending(execution)["reason"]
    assert bench.serving == [package]
    assert bench.gate().attention
    refused = bench.released(bench.register())
    assert row(refused) == REFUSED
    assert "blocked" in ending(refused)["reason"]
    assert "blocked" in bench.mail("Release Refused")[0][1]


def test_a_first_release_that_fails_removes_the_failed_endpoint(bench: Bench) -> None:
    bench.policy()
    bench.twin.faults.fail_next_creation("The container did not pass the ping health check.")
    execution = bench.released(bench.register())
    assert row(execution) == ("FAILED", "RolledBack", "rolled_back")
    assert "ping health check" in ending(execution)["reason"]
    assert ending(execution)["live_model_package_arn"] is None
    assert not bench.exists
    assert row(bench.released(bench.register())) == PROMOTED


def test_the_sweep_reports_a_persons_change_once_and_leaves_it(bench: Bench) -> None:
    bench.live()
    theirs = edit_endpoint(bench)
    bench.sweep()
    bench.sweep()
    assert [theirs in said["reason"] for said in bench.events("Endpoint Drifted")] == [True]
    assert bench.shown()["EndpointConfigName"] == theirs


def test_a_staging_configuration_that_nobody_holds_is_taken_back(bench: Bench) -> None:
    before = bench.live()
    put_stray(bench)
    recovery = bench.end(bench.recoveries(minutes=20)[0].arn)
    assert row(recovery) == RESTORED
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
