"""Schedule expressions of EventBridge rules: rate() only."""

import re

from twin.core.hooks import NotSupportedByTwin

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class InvalidSchedule(Exception):
    """EventBridge would refuse the expression."""


def period_of(expression: str) -> int:
    """Return the seconds between two runs.

    AWS: the unit must be singular for 1 and plural for more. `rate(1 minutes)` is refused.
    """
    if expression.startswith("cron("):
        raise NotSupportedByTwin(f"the schedule {expression}: only rate() works here")
    match = _RATE.fullmatch(expression)
    if match is None or (match[1] == "1") == match[2].endswith("s"):
        raise InvalidSchedule("Parameter ScheduleExpression is not valid.")
    return int(match[1]) * _SECONDS[match[2].removesuffix("s")]
