"""Moments as AWS writes them: ISO-8601 texts, or epochs in seconds or milliseconds."""

from datetime import UTC, datetime, timedelta

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
DAY_MINUTES = 24 * 60

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT = 253_402_300_799_000
"""The end of the year 9999, in ms."""
_FIRST_IN_MS = 10_000_000_000
"""Numbers below are seconds: as milliseconds they would lie before May 1970."""


def parse_moment(text: str) -> int:
    """Milliseconds since 1970 of an ISO-8601 time that carries its zone (`Z` or an offset).

    Raises:
        ValueError: it is no such time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} carries no time zone")
    return round((moment - EPOCH) / timedelta(milliseconds=1))


def iso(moment: int) -> str:
    """A moment (ms) as an ISO-8601 text in UTC, in whole seconds."""
    return (EPOCH + timedelta(milliseconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(value: object) -> int | None:
    """Milliseconds since 1970 of whatever an event gave as a time; None where it is none.

    SageMaker's events carry ISO texts in its documents, and epochs in some that were recorded
    (facts 1.6); inside a quoted template a number is a text.
    """
    if isinstance(value, str):
        try:
            return _within(parse_moment(value))
        except ValueError:
            return _number(value)
    return _epoch(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _number(text: str) -> int | None:
    try:
        return _epoch(float(text))
    except ValueError:
        return None


def _epoch(number: float) -> int | None:
    if not 0 < number <= LAST_MOMENT:  # NaN is not, either
        return None
    return _within(round(number if number >= _FIRST_IN_MS else number * 1000))


def _within(moment: int) -> int | None:
    return moment if 0 <= moment <= LAST_MOMENT else None
