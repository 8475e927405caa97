"""Shadows in the twin: copies of the requests are answered, and the answers are compared."""

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import OBSERVED, PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.shadows import AGREEMENT, SHADOW, WATCHED, answering, evidence, served


def test_a_good_package_is_a_shadow_first_and_then_promoted(bench: Bench) -> None:
    served(bench, **SHADOW)
    package = bench.register()
    answering(bench, 2, "0.5", differs=1)
    assert row(bench.released(package)) == PROMOTED
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100, 50, 100]
    assert bench.serving == [package]
    counted = evidence(bench)["counted"]
    assert counted["pairs"] >= AGREEMENT["min_pairs"]
    assert 0 < counted["differing"] < 0.03 * counted["pairs"]


def test_one_that_answers_otherwise_never_serves_anybody(bench: Bench) -> None:
    before = served(bench, **SHADOW)
    package = bench.register()
    answering(bench, 2, "0.5", differs=30)
    execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert "the candidate's answers differ from live's: " in ending(execution)["reason"]
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    assert len(evidence(bench)["differences"]) == 5
    assert bench.events("Package Quarantined")


def test_alone_it_ends_observed(bench: Bench) -> None:
    before = served(bench, **WATCHED)
    package = bench.register()
    answering(bench, 2, "0.5")
    execution = bench.released(package)
    assert row(execution) == OBSERVED
    (said,) = bench.events("Release Observed")
    assert "0 of " in said["reason"]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_one_that_fails_is_taken_back_without_a_failed_request_of_a_user(bench: Bench) -> None:
    before = bench.live(rollout={"shadow_minutes": 20}, judge={"cold_start_minutes": 0})
    execution = bench.released(bench.register(behaviour=BAD))
    assert row(execution) == ROLLED_BACK
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100]
    assert bench.serving == [before]
