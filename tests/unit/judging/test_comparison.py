"""A candidate's comparison with live: every minute once, with the share it was served under."""

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.judging.assessment import HarmEvidence, Share
from penstock.domain.judging.comparison import Comparison, most_unkept, opened
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.evidence_state import EvidenceState
from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.readings import READ_AFTER, Datapoints, Reading
from penstock.domain.judging.routing import NOTHING_SEEN
from penstock.domain.kinds.series import SURE_AFTER
from tests.unit.judging.evidence_states import carried

SETTINGS = JudgeSettings()
MINUTE = 60_000
SHOWN = Datapoints(570, 1, 30, 3)


def comparison(warm_up: int = 0) -> Comparison:
    """The candidate has 5 % from a little after minute 99 on."""
    return opened(["errors"], SETTINGS, 99 * MINUTE + 1, warm_up).at_share(99 * MINUTE + 1, 5)


def readings(first: int, end: int, shown: Datapoints = SHOWN) -> list[Reading]:
    return [Reading(number, {"errors": shown}) for number in range(first, end)]


def hear(found: Comparison, read: Iterable[Reading], now: float) -> Comparison:
    evidence = HarmEvidence(found.state, SETTINGS)
    return found.with_readings(list(read), evidence, round(now * MINUTE), SURE_AFTER)


def numbers(found: Comparison) -> list[int]:
    return [minute.number for minute in found.unkept]


def weights(found: Comparison) -> list[float | None]:
    return [minute.weight for minute in found.unkept]


def test_the_first_minute_is_the_first_whole_one() -> None:
    assert comparison().next_minute == 100


def test_warm_up_minutes_are_not_judged() -> None:
    assert comparison(warm_up=3).next_minute == 103


def test_a_minute_is_read_two_minutes_after_its_end() -> None:
    assert comparison().until(102 * MINUTE) == 100
    assert comparison().until(103 * MINUTE) == 101


def test_each_minute_is_judged_once() -> None:
    first = hear(comparison(), readings(100, 104), 109)
    assert numbers(first) == [100, 101, 102, 103]
    again = hear(first, readings(100, 104), 110)
    assert again.state == first.state


def test_minutes_are_judged_in_order_up_to_the_first_that_may_change() -> None:
    once = hear(comparison(), readings(100, 103), 104.9)
    assert numbers(once) == []
    changed = [
        *readings(100, 101),
        *readings(101, 102, Datapoints(571, 1, 30, 3)),
        *readings(102, 103),
    ]
    twice = hear(once, changed, 105.9)
    assert numbers(twice) == [100]
    assert [reading.number for reading in twice.unsure] == [101, 102]


def test_a_minute_has_the_share_it_was_served_under() -> None:
    moved = comparison().leaves_share(105 * MINUTE + 5).at_share(106 * MINUTE + 5, 25)
    collected = hear(moved, readings(103, 109), 120)
    assert weights(collected) == [0.05, 0.05, None, None, 0.25, 0.25]


def test_requests_are_those_of_the_present_share() -> None:
    before = hear(comparison(), readings(100, 103), 120)
    moved = before.leaves_share(105 * MINUTE).at_share(106 * MINUTE, 25)
    assert hear(moved, readings(103, 109), 120).requests == 3 * 30


def test_requests_add_up_over_the_looks_at_one_share() -> None:
    first = hear(comparison(), readings(100, 102), 120)
    assert hear(first, readings(102, 105), 120).requests == 5 * 30


def test_shares_whose_minutes_are_judged_are_forgotten() -> None:
    moved = comparison().leaves_share(105 * MINUTE).at_share(106 * MINUTE, 25)
    assert len(hear(moved, readings(100, 105), 120).spans) == 1
    assert len(hear(moved, readings(100, 104), 120).spans) == 2


def test_a_minute_without_requests_is_no_evidence_and_no_traffic() -> None:
    collected = hear(comparison(), [*readings(100, 101), *readings(101, 105, Datapoints())], 120)
    assert numbers(collected) == [100]
    assert collected.next_minute == 105
    assert collected.state.metrics["errors"].requests_per_minute() == 600


def test_what_is_left_out_is_never_judged() -> None:
    assert comparison().leaves_out(104 * MINUTE + 7).next_minute == 105


def test_but_for_the_digits_of_its_state_it_survives_json_bit_by_bit() -> None:
    found = hear(hear(comparison(), readings(100, 103), 104.9), readings(100, 104), 105.9)
    rounded = found.model_copy(update={"state": carried(found.state)})
    assert Comparison.model_validate(json.loads(found.model_dump_json())) == rounded
    assert Comparison.model_validate(json.loads(rounded.model_dump_json())) == rounded


RUNNING = """{"trial": {"metrics": {"errors": [
[1, -0.4054651081081643, [-2.4759671756632717, -1.0017998933901435, -0.5315791975702817,
0.05431069269868827, 1.8093374511271558, 2.3330331617014526]],
[30.0, [-4.120168571178981, -0.6589593540753337, -0.08979992031250807]], [570, 1, 30, 3]]},
"last": 100, "step": 0.05, "steady": 1}, "began": 5940001, "next_minute": 101,
"spans": [[100, null, 5]], "requests": 30.0,
"unsure": [[101, {"errors": [570, 1, 30, 3, true]}],
[102, {"errors": [570, 1, null, null, false]}]],
"unkept": [[100, 0.05, {"errors": [570, 1, 30, 3]}]], "kept": false}"""
"""As an execution carries it that began before sources answered questions of the domain."""


def as_before(state: EvidenceState) -> EvidenceState:
    """Without what the version before did not know: the present traffic and its routing."""
    metrics = {name: metric._replace(recent=None) for name, metric in state.metrics.items()}
    return replace(state, metrics=metrics, routing=NOTHING_SEEN)


def test_the_comparison_of_a_running_execution_is_read_and_continued() -> None:
    read = readings(100, 102) + readings(102, 103, Datapoints(570, 1, None, None, whole=False))
    found, fresh = Comparison.model_validate_json(RUNNING), hear(comparison(), read, 106)
    assert found == fresh.model_copy(update={"state": as_before(fresh.state)})
    assert numbers(hear(found, readings(101, 103), 107)) == [100, 101]


def test_minutes_that_nobody_keeps_do_not_grow_without_bound() -> None:
    collected = hear(comparison(), readings(100, 100 + 3 * most_unkept(1)), 1000)
    latest = collected.none_kept().unkept
    assert len(latest) == most_unkept(1)
    assert latest[-1].number == 100 + 3 * most_unkept(1) - 1


def test_minutes_that_the_archive_has_not_refused_are_all_kept() -> None:
    """With hourly looks and many signals there are more of them than may wait."""
    assert len(
        hear(comparison(), readings(100, 100 + 3 * most_unkept(1)), 1000).unkept
    ) == 3 * most_unkept(1)


def test_it_stays_small_however_long_a_release_takes() -> None:
    """What travels in the document between two looks, the minutes in the archive already."""
    found = comparison()
    for number in range(100, 2100):
        found = hear(found, readings(number, number + 1), number + 9)
        found = found.model_copy(update={"unkept": (), "kept": True})
    assert len(found.state.metrics) == 1
    assert len(found.model_dump_json()) < 500


def test_kept_minutes_are_counted_from_the_first_requests() -> None:
    collected = hear(comparison(), readings(100, 103), 120)
    assert [minute.number for minute in collected.counted_from_the_first()] == [1, 2, 3]


@given(
    st.lists(st.tuples(st.floats(0.1, 9), st.integers(1, 7), st.booleans()), min_size=1),
    st.integers(0, 5),
)
def test_whenever_it_is_looked_and_whatever_comes_late_each_minute_counts_once(
    looks: list[tuple[float, int, bool]], warm_up: int
) -> None:
    """Each look: minutes since the one before, how late metrics are, whether counts changed."""
    found, now = comparison(warm_up), 100.0
    for waited, lag, changed in looks:
        now += waited
        end = found.until(round(now * MINUTE))
        assert end <= now - READ_AFTER or end == found.next_minute
        visible = max(found.next_minute, min(end, int(now) - lag))
        shown = Datapoints(571, 1, 30, 3) if changed else SHOWN
        read = readings(found.next_minute, visible, shown) + readings(visible, end, Datapoints())
        found = hear(found, read, now)
        assert found.next_minute >= int(now) - SURE_AFTER or now < 100 + warm_up + SURE_AFTER
    assert numbers(found) == sorted(set(numbers(found)))
    assert all(number >= 100 + warm_up for number in numbers(found))


def test_what_is_left_out_leaves_nothing_to_be_sure_of() -> None:
    waiting = hear(comparison(), readings(100, 102), 102.5)
    assert waiting.unsure
    assert waiting.leaves_out(105 * MINUTE).unsure == ()
    assert waiting.leaves_out(105 * MINUTE).next_minute == 106


def test_failures_that_are_published_late_still_count() -> None:
    """Requests come first: a look that sees no failures yet must not judge them as good."""
    early, late = Datapoints(570, 0, 30, 0, whole=False), Datapoints(570, 1, 30, 30)
    found = comparison()
    for now, shown in ((103, early), (104, early), (105, late), (105.9, late)):
        found = hear(found, readings(100, 101, shown), now)
    assert [minute.counts["errors"] for minute in found.unkept] == [Counts(570, 1, 30, 30)]


def test_failures_that_are_never_published_are_none_after_five_minutes() -> None:
    clean = Datapoints(570, 0, 30, 0, whole=False)
    waiting = hear(
        hear(comparison(), readings(100, 101, clean), 103), readings(100, 101, clean), 105
    )
    assert waiting.unkept == ()
    (judged,) = hear(waiting, readings(100, 101, clean), 106).unkept
    assert judged.counts["errors"] == Counts(570, 0, 30, 0)


GOOD, AWFUL = Datapoints(570, 1, 30, 0), Datapoints(570, 1, 30, 30)


def doubted(*shown: Datapoints) -> bool:
    """After an hour of health; the last minutes were read once."""
    found = hear(comparison(), readings(100, 160, GOOD), 170)
    last = [Reading(160 + n, {"errors": each}) for n, each in enumerate(shown)]
    found = hear(found, last, 160 + len(shown) + READ_AFTER)
    assert found.state.log_e() < 0
    return found.doubted(HarmEvidence(found.state, SETTINGS))


def test_minutes_that_may_still_change_can_speak_against_the_candidate() -> None:
    assert doubted(GOOD, AWFUL)
    assert not doubted(GOOD, GOOD)
    assert not doubted()


@pytest.mark.parametrize(
    "gap", [Datapoints(570, 1, 30, 30, whole=False), Datapoints(570, None, 30, 30), Datapoints()]
)
def test_minutes_that_miss_something_raise_no_doubt(gap: Datapoints) -> None:
    assert not doubted(gap)


@pytest.mark.parametrize("chosen", [True, False])
def test_in_doubt_nothing_goes_forward_and_nothing_goes_back(chosen: bool) -> None:
    healthy = hear(comparison(), readings(100, 160, GOOD), 170).state
    evidence = HarmEvidence(healthy, SETTINGS)
    assert evidence.assessment(Share(5, 60, chosen=chosen)).suspicion == "clear"
    found = evidence.assessment(Share(5, 60, chosen=chosen, doubted=True))
    assert (found.suspicion, found.advice) == ("suspicious", "hold" if chosen else None)


def test_in_doubt_a_deadline_gives_no_leave_to_promote() -> None:
    healthy = hear(comparison(), readings(100, 110, GOOD), 120).state
    late = Share(5, SETTINGS.deadline, chosen=True, doubted=True)
    found = HarmEvidence(healthy, SETTINGS).assessment(late)
    assert (found.suspicion, found.advice) == ("suspicious", "inconclusive")


def test_doubt_does_not_soften_harm() -> None:
    harmed = hear(comparison(), readings(100, 110, AWFUL), 120).state
    for chosen in (True, False):
        share = Share(5, 10, chosen=chosen, doubted=True)
        assert HarmEvidence(harmed, SETTINGS).assessment(share).suspicion == "harm"
