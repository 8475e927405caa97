"""When a watched share is looked at again."""

from penstock.domain.judging.judgement import Rules


def look_seconds(since: int, now: int) -> int:
    """Seconds until the next look: each minute for 30 looks, 5 minutes up to a day, then hourly."""
    minutes = (now - since) / 60_000
    if minutes < 30:  # noqa: PLR2004 - thirty looks, one a minute
        return 60
    return 300 if minutes < 24 * 60 else 3600


def watch_seconds(rules: Rules, since: int, now: int) -> int:
    """Seconds that the next watch lasts; it does not sleep past the end of the stage."""
    left = -(-(since + rules.minutes * 60_000 - now) // 1000)
    interval = look_seconds(since, now)
    return min(interval, left) if left > 0 else interval
