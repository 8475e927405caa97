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
    """What an invocation needs of its world."""

    def begin(self) -> None:
        """Begin an invocation. The stack's settings are read again."""
        ...

    def log_level(self) -> str | None:
        """The settings' log level. None if this invocation has not read them. No call is made."""
        ...


W = TypeVar("W", bound=Settled)


def warm(make: Callable[[], W]) -> Callable[[], W]:
    """Returns a function that begins an invocation with the one world of this execution
    environment.

    The world is created at the first call, so that importing a handler has no side effect.
    """
    once = cache(make)

    def begun() -> W:
        world = once()
        world.begin()
        return world

    return begun


def set_level(world: Settled) -> None:
    """Set the log level if the use case has read the settings. Otherwise it stays as it is.

    It is called after a use case and before its log line. Nothing is read for it: a halt or a
    rollback would wait for Parameter Store.
    """
    if level := world.log_level():
        logger.setLevel(level)


def count_stuck() -> None:
    """Count a failed try of a stuck rollback while users are on a package that has to go."""
    with single_metric(STUCK, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("the way back is stuck")


def count_ending(kind: str) -> None:
    """Count an ending."""
    with single_metric(ENDING, MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension(KIND, kind)


def count_trouble(reason: str) -> None:
    """Count a failure that did not matter to the release. The log has its reason."""
    with single_metric(TROUBLE, MetricUnit.Count, 1, namespace=NAMESPACE):
        logger.warning("trouble", extra={"reason": reason})
