"""The account's benchmark on the twin, small: simultaneous releases, one of which rolls back."""

from benchmarks.account.in_twin import played


def test_releases_at_once_are_promoted_and_a_halt_does_not_wait_for_them() -> None:
    """In ten seconds of a quiet machine; `make bench-account` plays fifty."""
    found = played(others=1, releases=2, halted=1)
    assert found.endings == {"promoted": 2}
    assert 900 < found.makespan < 1500
    assert 0 < found.settle < 20
    assert 0 < found.halt < 5
    assert found.buckets.tries["sagemaker CreateEndpointConfig"] == 4
