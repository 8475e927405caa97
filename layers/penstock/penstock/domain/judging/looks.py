"""When a watched share is looked at again."""

from penstock.domain.judging.judgement import Rules

LOOKS = ((30, 60), (4 * 60, 300), (24 * 60, 900))
"""Up to so many minutes of a share there is a look every so many seconds."""
RAREST = 3600


def look_seconds(since: int, now: int) -> int:
    """Seconds until the next look: a minute for half an hour, 5 minutes up to four hours, 15 up to
    a day, then an hour.

    An alarm or a person's word wakes the judge at once.
    """
    minutes = (now - since) / 60_000
    return next((seconds for until, seconds in LOOKS if minutes < until), RAREST)


def watch_seconds(rules: Rules, since: int, now: int) -> int:
    """Seconds that the next watch lasts; it does not sleep past the end of the stage."""
    left = -(-(since + rules.minutes * 60_000 - now) // 1000)
    interval = look_seconds(since, now)
    return min(interval, left) if left > 0 else interval
