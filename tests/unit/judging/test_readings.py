"""When a minute is complete, and what counts of it."""

from math import inf, nan

import pytest

from penstock.domain.judging.counts import NO_REQUESTS, Counts
from penstock.domain.judging.readings import (
    NOTHING_USUAL,
    Datapoints,
    Reading,
    Usual,
    counts,
    is_sure,
)

WHOLE = Datapoints(570, 1, 30, 3)


def reading(shown: Datapoints = WHOLE, **more: Datapoints) -> Reading:
    return Reading(100, {"errors": shown, **more})


def sure(
    found: Reading,
    before: Reading | None,
    age: float,
    after: int = 5,
    weight: float | None = 0.05,
    usual: Usual = NOTHING_USUAL,
) -> bool:
    return is_sure(found, before, round((101 + age) * 60_000), after, weight, usual)


def test_a_minute_is_sure_once_two_looks_agree() -> None:
    assert sure(reading(), reading(), 3)
    assert not sure(reading(), None, 3)


def test_a_late_correction_makes_it_unsure_again() -> None:
    assert not sure(reading(), reading(Datapoints(560, 1, 30, 3)), 4)


def test_after_five_minutes_a_minute_is_taken_as_it_stands() -> None:
    assert sure(reading(Datapoints()), None, 5)
    assert not sure(reading(Datapoints()), reading(Datapoints()), 4.9)


def test_a_minute_of_a_later_signal_is_waited_for_longer() -> None:
    assert not sure(reading(Datapoints()), None, 59, after=60)
    assert sure(reading(Datapoints()), None, 60, after=60)


@pytest.mark.parametrize(
    "gap",
    [
        Datapoints(570, None, 30, 3),
        Datapoints(570, 1, 30, None),
        Datapoints(None, 1, 30, 3),
        Datapoints(570, 1, None, 3),
        Datapoints(None, None, 30, 3),
    ],
)
def test_what_is_published_in_part_is_waited_for(gap: Datapoints) -> None:
    assert not sure(reading(gap), reading(gap), 4)


@pytest.mark.parametrize(
    "gap", [Datapoints(570, None, 30, 3), Datapoints(570, 1, 30, None), Datapoints()]
)
def test_what_lacks_for_good_is_no_evidence_and_never_zero_failures(gap: Datapoints) -> None:
    found = counts(reading(latency=gap))
    assert found == {"errors": Counts(570, 1, 30, 3), "latency": NO_REQUESTS}


SILENT = reading(Datapoints(570, 1, None, None))


@pytest.mark.parametrize(("age", "final"), [(2, False), (3, False), (4.9, False), (5, True)])
def test_a_candidate_that_shows_nothing_of_its_share_may_only_be_late(
    age: float, final: bool
) -> None:
    """Its datapoints may be published four minutes after live's: then two looks agree too soon."""
    assert sure(SILENT, SILENT, age) is final
    assert counts(SILENT) == {"errors": Counts(570, 1, 0, 0)}


@pytest.mark.parametrize(
    ("live", "weight"), [(570, None), (570, 0.0), (570, 0.0001), (1, 0.05), (0, 0.5)]
)
def test_a_candidate_that_is_promised_no_requests_is_not_waited_for(
    live: float, weight: float | None
) -> None:
    quiet = reading(Datapoints(live, 0, None, None))
    assert sure(quiet, quiet, 3, weight=weight)


@pytest.mark.parametrize(
    ("candidate", "weight", "promised"),
    [(30, 0.05, True), (1, 0.5, True), (1, None, True), (1, 0.95, False), (1, 1.0, False)],
)
def test_live_is_waited_for_where_the_candidate_s_requests_promise_it_some(
    candidate: float, weight: float | None, promised: bool
) -> None:
    quiet = reading(Datapoints(None, None, candidate, 0))
    assert sure(quiet, quiet, 4, weight=weight) is not promised


@pytest.mark.parametrize(("usual", "promised"), [(1.0, True), (0.1, True), (0.09, False)])
def test_where_neither_shows_requests_the_minutes_before_promise_them(
    usual: float, promised: bool
) -> None:
    quiet = reading(rare=Datapoints())
    assert sure(quiet, quiet, 4, usual={"rare": usual}) is not promised


def test_one_silent_signal_of_several_is_waited_for() -> None:
    both = reading(latency=Datapoints(570, 1, None, None))
    assert not sure(both, both, 4)


def test_fractions_are_counted_as_they_are() -> None:
    """CloudWatch interpolates within a bucket. Rounding would favour one of the two."""
    assert counts(reading(Datapoints(570, 1.2, 30, 3.9))) == {"errors": Counts(570, 1.2, 30, 3.9)}


@pytest.mark.parametrize(
    ("shown", "counted"),
    [
        (Datapoints(570, 571, 30, 3), Counts(570, 570, 30, 3)),
        (Datapoints(570, 1, 30, 31), Counts(570, 1, 30, 30)),
        (Datapoints(0, 2, 30, 3), Counts(0, 0, 30, 3)),
    ],
)
def test_failures_of_the_minute_before_do_not_cost_the_minute(
    shown: Datapoints, counted: Counts
) -> None:
    """A request that hangs for a minute is counted in one and fails in the next."""
    assert counts(reading(shown)) == {"errors": counted}


@pytest.mark.parametrize(
    "wrong",
    [
        Datapoints(-1, 0, 1, 0),
        Datapoints(570, -1, 30, 3),
        Datapoints(570, 1, 30, nan),
        Datapoints(inf, 1, 30, 3),
    ],
)
def test_what_cannot_be_counts_is_no_evidence(wrong: Datapoints) -> None:
    assert counts(reading(wrong)) == {"errors": NO_REQUESTS}


def test_a_count_that_lacks_a_datapoint_is_waited_for_and_then_taken() -> None:
    early = reading(Datapoints(570, 0, 30, 0, whole=False))
    assert not sure(early, early, 4)
    assert sure(early, early, 5)
    assert counts(early) == {"errors": Counts(570, 0, 30, 0)}
