"""What every handler shares: parse, bind log keys, call one use case, log one line."""

from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

logger = Logger()
NAMESPACE, ENDING, KIND, TROUBLE = "Penstock", "Ending", "Kind", "Trouble"
STUCK = "WayBackStuck"
"""Ending is what the alarm on unfinished releases reads; Powertools adds `service`, the stack.
Trouble counts what went wrong and did not matter to a release; the log says what.

In the embedded format a metric and a dimension of one name would overwrite each other.
"""


class Settled(Protocol):
    """What an invocation works with."""

    def begin(self) -> None:
        """An invocation begins: from now on the stack's settings are those of this moment."""
        ...

    def log_level(self) -> str | None:
        """By the settings; None where this invocation has not read them. Asks nobody."""
        ...


W = TypeVar("W", bound=Settled)


def warm(make: Callable[[], W]) -> Callable[[], W]:
    """Each call begins an invocation, with the one world of this execution environment.

    The world is made at the first call, so that importing a handler does nothing.
    """
    once = cache(make)

    def begun() -> W:
        world = once()
        world.begin()
        return world

    return begun


def set_level(world: Settled) -> None:
    """Set the log level, where the use case has read the settings; else it stays as it is.

    Called after a use case and before its line in the log. Nothing is read for it: a halt, a judge
    or a way back would wait for Parameter Store, and a call inside a lock would end too late.
    """
    if level := world.log_level():
        logger.setLevel(level)


def count_stuck() -> None:
    """A way back does not work, and users are on what has to go: once a try."""
    with single_metric(STUCK, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("the way back is stuck")


def count_ending(kind: str) -> None:
    """One more execution ended like this."""
    with single_metric(ENDING, MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension(KIND, kind)


def count_trouble(reason: str) -> None:
    """What did not matter to the release; the log says what."""
    with single_metric(TROUBLE, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("trouble", extra={"reason": reason})
