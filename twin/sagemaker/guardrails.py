"""What AWS leaves open about guarded deployments, and the alarms that SageMaker polls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from twin.core.hooks import NotSupportedByTwin

ReadAlarm = Callable[[str], str | None]
"""Maps an alarm's name to its state. None if there is no such alarm."""


@dataclass
class Guardrails:
    """Switches for what AWS does not document about deployments with a DeploymentConfig.

    `poll_seconds` is the time between two looks at the alarms. `watches_launch` says whether
    alarms count before the new fleet has traffic (the guide says so only of the bakes).
    `alarm_at_start` is the effect of an alarm that is in ALARM when the deployment begins: it
    rolls back as any other, or UpdateEndpoint is refused, or the alarm is ignored until it has
    left ALARM once. `missing_alarm` is the effect of a name without an alarm. An alarm that is
    deleted meanwhile is then as missing, but nothing is refused any more.

    `tells_reason` says whether a deployment that went back leaves a FailureReason (both were
    seen). `rounds_up` is about percentages of instances, of which at least one is taken.
    `counts_traffic` says whether CurrentInstanceCount of a pending variant counts the instances
    with traffic, as AWS's sample event does, or all that were launched.
    """

    poll_seconds: float = 30.0
    watches_launch: bool = False
    alarm_at_start: Literal["rolls_back", "refused", "ignored"] = "rolls_back"
    missing_alarm: Literal["refused", "rolls_back", "ignored"] = "refused"
    tells_reason: bool = True
    rounds_up: bool = True
    counts_traffic: bool = True


class RollbackAlarms:
    """The alarms of the account as SageMaker sees them. `read` is set by who has a CloudWatch."""

    def __init__(self) -> None:
        self.read: ReadAlarm = _without_cloudwatch

    def missing(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if self.read(name) is None]

    def in_alarm(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if self.read(name) == "ALARM"]


def _without_cloudwatch(_: str) -> str | None:
    raise NotSupportedByTwin("rollback alarms of a SageMaker without CloudWatch")
