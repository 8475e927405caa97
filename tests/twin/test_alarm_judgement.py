"""The guide's vectors for alarms whose data is missing (facts 4.4)."""

import pytest

from twin.cloudwatch.alarm_judgement import Rule, State, TreatMissing, evaluation_range, judge

KEEP = None
LETTERS = {"0": False, "X": True, "-": None}
TREATMENTS: tuple[TreatMissing, ...] = ("missing", "ignore", "breaching", "notBreaching")
Row = tuple[State | None, State | None, State | None, State | None]

ALARMED: Row = ("ALARM", "ALARM", "ALARM", "ALARM")
CALM: Row = ("OK", "OK", "OK", "OK")
SILENT: Row = ("INSUFFICIENT_DATA", KEEP, "ALARM", "OK")
EARLY: Row = ("ALARM", KEEP, "ALARM", "OK")
UNLESS_BREACHING: Row = ("OK", "OK", "ALARM", "OK")


def states(points: str, needed: int, of: int) -> tuple[State | None, ...]:
    return tuple(
        judge([LETTERS[letter] for letter in points], Rule(needed, of, treatment))
        for treatment in TREATMENTS
    )


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0-X-X", CALM),
        ("0----", CALM),
        ("-----", SILENT),
        ("0XX-X", ALARMED),
        ("--X--", EARLY),
    ],
)
def test_three_of_three(points: str, expected: Row) -> None:
    assert states(points, 3, 3) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("0-X-X", ALARMED),
        ("00X0X", ALARMED),
        ("0-X--", UNLESS_BREACHING),
        ("----0", UNLESS_BREACHING),
        ("---X-", EARLY),
    ],
)
def test_two_of_three(points: str, expected: Row) -> None:
    assert states(points, 2, 3) == expected


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_a_fresh_breach_alone_does_not_alarm_three_of_three_yet(points: str) -> None:
    assert states(points, 3, 3) == ("OK", KEEP, "ALARM", "OK")


def test_enough_breaching_points_alarm_however_few_the_others_are() -> None:
    assert states("---XX", 2, 3) == ALARMED


def test_with_nothing_missing_only_the_newest_count() -> None:
    assert states("XX00X", 2, 3) == CALM
    assert states("00XX0", 2, 3) == ALARMED


def test_older_points_reach_in_when_newer_ones_are_missing() -> None:
    """So an alarm judges stale points again after traffic has stopped."""
    assert states("0X-", 1, 1) == ALARMED
    assert states("X--", 1, 1) == ALARMED
    assert states("---", 1, 1) == SILENT


def test_the_range_is_five_for_three_periods() -> None:
    assert evaluation_range(3) == 5
