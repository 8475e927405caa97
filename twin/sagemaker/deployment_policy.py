"""DeploymentConfig: what SageMaker refuses in it, and the steps that it asks for."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from twin.core.account import Params, refused

_MOST = 50
_LEAST_LINEAR = 10
_LEAST_BATCH = 5
_SIZES = {"ALL_AT_ONCE": None, "CANARY": "CanarySize", "LINEAR": "LinearStepSize"}


class Size(NamedTuple):
    """A part of a fleet: a number of instances, or a percentage of them."""

    name: str
    is_count: bool
    value: int

    def percent_of(self, count: int) -> float:
        return 100 * self.value / count if self.is_count else self.value

    def instances_of(self, count: int, *, rounds_up: bool) -> int:
        """Return the number of instances. Of a percentage that is at least one."""
        if self.is_count:
            return self.value
        exact = count * self.value / 100
        return max(1, math.ceil(exact) if rounds_up else math.floor(exact))


@dataclass(frozen=True)
class Policy:
    """How a deployment moves traffic and when it goes back. Times are in seconds.

    Without a `step` all traffic moves at once. A canary takes its step once, and linear and
    rolling deployments repeat it. A rolling deployment (`rolls`) replaces instances step by step.
    """

    step: Size | None = None
    repeats: bool = False
    wait: float = 0.0
    final_wait: float = 0.0
    limit: float | None = None
    alarms: tuple[str, ...] = ()
    rolls: bool = False
    back: Size | None = None

    def portions(self, count: int, *, rounds_up: bool) -> list[int]:
        """Return how many of the new instances have traffic after each step."""
        if self.step is None:
            return [count]
        size = self.step.instances_of(count, rounds_up=rounds_up)
        if not self.repeats:
            return [size, count]
        return [*range(size, count, size), count]

    def check(self, counts: Mapping[str, int], *, rounds_up: bool) -> None:
        """Refuse what does not fit the instances of the new fleets (facts 3.3)."""
        if self.rolls and len(counts) > 1:
            raise refused("RollingUpdatePolicy is not supported for several variants.")
        for count in counts.values():
            self._check_sizes(count)
            self._check_limit(len(self.portions(count, rounds_up=rounds_up)))

    def _check_sizes(self, count: int) -> None:
        if self.step is None:
            return
        least = _LEAST_BATCH if self.rolls else _LEAST_LINEAR if self.repeats else 0
        _check_percent(self.step, count, least, _MOST)
        if count == 1:
            raise refused(f"{self.step.name} needs a variant with two instances or more.")
        if self.back:
            _check_percent(self.back, count, 0, 100)

    def _check_limit(self, steps: int) -> None:
        """AWS: the limit should be longer than all waits (botocore BlueGreenUpdatePolicy)."""
        waits = steps * self.wait if self.rolls else (steps - 1) * self.wait + self.final_wait
        if self.limit is not None and self.limit <= waits:
            raise refused(
                f"MaximumExecutionTimeoutInSeconds {self.limit:g} must be larger than the total "
                f"waiting time of {waits:g} seconds."
            )


def read_policy(config: Params) -> Policy:
    """Read a DeploymentConfig whose ranges were checked.

    AWS: one update policy at most, and without one all traffic moves at once (facts 3.3).
    """
    alarms = tuple(_alarms(config.get("AutoRollbackConfiguration", {})))
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise refused("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be given.")
    if blue_green:
        return _blue_green(blue_green, alarms)
    return _rolling(rolling, alarms) if rolling else Policy(alarms=alarms)


def _blue_green(policy: Params, alarms: tuple[str, ...]) -> Policy:
    routing = policy["TrafficRoutingConfiguration"]
    wanted = _SIZES[routing["Type"]]
    for name in filter(None, _SIZES.values()):
        if (name in routing) != (name == wanted):
            verb = "is required" if name == wanted else "has no place"
            raise refused(f"{name} {verb} with the traffic routing type {routing['Type']}.")
    return Policy(
        step=_size(wanted, routing[wanted]) if wanted else None,
        repeats=routing["Type"] == "LINEAR",
        wait=float(routing["WaitIntervalInSeconds"]),
        final_wait=float(policy.get("TerminationWaitInSeconds", 0)),
        limit=policy.get("MaximumExecutionTimeoutInSeconds"),
        alarms=alarms,
    )


def _rolling(policy: Params, alarms: tuple[str, ...]) -> Policy:
    back = policy.get("RollbackMaximumBatchSize")
    return Policy(
        step=_size("MaximumBatchSize", policy["MaximumBatchSize"]),
        repeats=True,
        wait=float(policy["WaitIntervalInSeconds"]),
        limit=policy.get("MaximumExecutionTimeoutInSeconds"),
        alarms=alarms,
        rolls=True,
        back=_size("RollbackMaximumBatchSize", back) if back else None,
    )


def _alarms(rollback: Params) -> Iterable[str]:
    for alarm in rollback.get("Alarms", []):
        if "AlarmName" not in alarm:
            raise refused("An alarm of AutoRollbackConfiguration has no AlarmName.")
        yield alarm["AlarmName"]


def _size(name: str, given: Mapping[str, Any]) -> Size:
    return Size(name, given["Type"] == "INSTANCE_COUNT", given["Value"])


def _check_percent(size: Size, count: int, least: int, most: int) -> None:
    if not least <= size.percent_of(count) <= most:
        raise refused(
            f"{size.name} must be between {least}% and {most}% of the variant's {count} "
            "instance(s)."
        )
