"""When a watched share is looked at again."""

from penstock.domain.judging.judgement import Rules

LOOKS = ((30, 60), (4 * 60, 300), (24 * 60, 900))
"""Up to so many minutes of a share there is a look every so many seconds."""
HOUR = 3600  # seconds
RAREST = HOUR
LONG_FROM = LOOKS[1][0]
"""From so many minutes of a share on its rules may ask for fewer looks."""
MINUTES_BY_HOUR = 180 * 60
"""A share that may last so long is looked at by the hour."""
FROZEN_HOURS, FROZEN_RAREST = 48, 4 * 3600
"""After so many hours of a freeze there is a look every so many seconds."""


def look_seconds(since: int, now: int, look_hours: int | None = None) -> int:
    """Seconds until the next look: a minute for half an hour, 5 minutes up to four hours, 15 up to
    a day, then an hour; or `look_hours` after four hours.

    An alarm or a person's word wakes the judge at once.
    """
    minutes = (now - since) / 60_000
    if look_hours and minutes >= LONG_FROM:
        return look_hours * HOUR
    return next((seconds for until, seconds in LOOKS if minutes < until), RAREST)


def long_look_hours(minutes: int) -> int:
    """Hours between the looks of a share that may last so long: about 250 looks in all.

    The history of an execution has room for them beside an adaptive climb.
    """
    return -(-minutes // MINUTES_BY_HOUR)


def frozen_seconds(since: int, now: int) -> int:
    """Seconds until the next look at a release that has been frozen since `since` (ms).

    They are as for a share, and after two days four hours. Three weeks then take fewer than 300
    looks, which the history of an execution has left beside the longest plan.
    """
    if now - since < FROZEN_HOURS * 3_600_000:
        return look_seconds(since, now)
    return FROZEN_RAREST


def watch_seconds(rules: Rules, since: int, now: int, frozen_ms: int = 0) -> int:
    """Seconds that the next watch lasts; it does not sleep past the end of the stage.

    After a freeze of `frozen_ms` the looks are as often as before it.
    """
    left = -(-(since + rules.minutes * 60_000 - now) // 1000)
    interval = rules.look_seconds or look_seconds(since + frozen_ms, now, rules.look_hours)
    return min(interval, left) if left > 0 else interval
