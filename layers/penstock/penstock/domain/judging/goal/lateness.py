"""How long after a minute its outcomes can be read, and how long CloudWatch keeps them."""

from penstock.domain.moments import DAY_MINUTES

KEPT_MINUTES = 15 * DAY_MINUTES - 60
"""CloudWatch keeps single minutes for 15 days (facts 4.3). An hour is left for reading them."""
SETTLES = 5
"""Minutes within which CloudWatch shows new data, as of every other signal."""
OLD, VERY_OLD = 3 * 60, DAY_MINUTES
"""Data that is published so many minutes after its time comes later (botocore PutMetricData)."""
SETTLES_OLD, SETTLES_VERY_OLD = 2 * 60, 2 * DAY_MINUTES


def late_minutes(delay_minutes: int) -> int:
    """Minutes after its end from which a minute's outcomes are read, and count as final.

    They are published `delay_minutes` after the minute at the latest. CloudWatch shows data within
    minutes, but data of three hours ago and older within two hours, and data of a day ago and older
    within two days.
    """
    if delay_minutes < OLD:
        return delay_minutes + SETTLES
    return delay_minutes + (SETTLES_OLD if delay_minutes < VERY_OLD else SETTLES_VERY_OLD)
