"""A deployment with guardrails: SageMaker shifts whole instances by itself (facts 3.3)."""

import math
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.judging.judgement import Rules

TrafficName = Literal["canary", "linear", "all_at_once", "rolling"]
"""TrafficRoutingConfiguration.Type, or a RollingUpdatePolicy."""
MOST_PERCENT = 50


class TrafficKind(NamedTuple):
    """One way to shift, as SageMaker offers it.

    `moves`: the capacity goes as a whole, or a part `first` and then the rest, or part by part
    (`each`). A part has at least `least_percent` of the capacity. `rolls`: old instances end with
    each part. `lacks` are keys of the policy that have no effect with it, and why. `says` it with
    the policy's values.
    """

    name: TrafficName
    moves: Literal["whole", "first", "each"]
    says: str
    least_percent: int = 1
    rolls: bool = False
    lacks: tuple[tuple[str, str], ...] = ()


_STAYS = "the old fleet stays {termination_minutes} minutes"
_KINDS = (
    TrafficKind(
        "canary",
        "first",
        f"SageMaker shifts {{size_percent}} % of the capacity, waits {{wait_minutes}} minutes, "
        f"shifts the rest, and {_STAYS}",
    ),
    TrafficKind(
        "linear",
        "each",
        f"SageMaker shifts {{size_percent}} % of the capacity every {{wait_minutes}} minutes, and "
        f"{_STAYS}",
        least_percent=10,
    ),
    TrafficKind(
        "all_at_once",
        "whole",
        f"SageMaker shifts all of the capacity, and {_STAYS}",
        lacks=(
            ("size_percent", "all of the capacity moves in one step"),
            ("wait_minutes", "there is one step; termination_minutes keeps the old fleet"),
        ),
    ),
    TrafficKind(
        "rolling",
        "each",
        "SageMaker replaces {size_percent} % of the capacity every {wait_minutes} minutes",
        least_percent=5,
        rolls=True,
        lacks=(
            ("termination_minutes", "the instances of a batch end once its wait_minutes are over"),
        ),
    ),
)
TRAFFIC: dict[str, TrafficKind] = {kind.name: kind for kind in _KINDS}
SHORTEST_DEPLOYMENT, LONGEST_DEPLOYMENT = 10, 480
"""MaximumExecutionTimeoutInSeconds is 600 to 28,800, here in minutes."""
GRACE = 60
"""Minutes that SageMaker may take to undo a deployment after its time-out, before people hear."""
SHIFT_MINUTES = 2
"""Minutes that each step takes beside its wait."""
LOOK_SECONDS = 60
ROUNDED_COUNTS = 100
"""No larger fleet takes more steps than one of so many instances or fewer."""


class Shifting(NamedTuple):
    """How a policy has SageMaker shift. `size_percent` is of the capacity, in one step."""

    traffic: TrafficName
    size_percent: int
    wait_minutes: int
    termination_minutes: int

    @property
    def beside(self) -> bool:
        """Whether both fleets take requests for some time, so that they can be compared."""
        return self.kind.moves != "whole"

    @property
    def kind(self) -> TrafficKind:
        """The way to shift."""
        return TRAFFIC[self.traffic]

    @property
    def says(self) -> str:
        """It as a line of the plan."""
        return self.kind.says.format(**self._asdict())


class Deployment(BaseModel):
    """How SageMaker shifts, and how the release is judged meanwhile."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    traffic: TrafficName = Field(description="The kind of traffic shifting.")
    size_percent: int = Field(description="Capacity of one step, in percent.")
    wait_minutes: int = Field(description="Minutes between two steps.")
    termination_minutes: int = Field(description="Minutes that the old fleet stays at the end.")
    update_minutes: int = Field(description="Minutes that new instances may take to come up.")
    rules: Rules = Field(description="How the release is judged until the deployment is over.")

    @property
    def rolls(self) -> bool:
        """Whether old instances end batch by batch. Otherwise both fleets are there, whole."""
        return TRAFFIC[self.traffic].rolls

    def batch(self, count: int) -> int:
        """Instances of one step of a fleet of `count`: never more than asked for, at least one."""
        least = math.ceil(count * TRAFFIC[self.traffic].least_percent / 100)
        return max(1, least, count * self.size_percent // 100)

    def steps(self, count: int) -> int:
        """How many steps a fleet of `count` instances takes."""
        match TRAFFIC[self.traffic].moves:
            case "whole":
                return 1
            case "first":
                return 2
            case "each":
                return -(-count // self.batch(count))

    def waits(self, count: int) -> int:
        """The sum of all waits in minutes."""
        steps = self.steps(count)
        if self.rolls:
            return steps * self.wait_minutes
        return (steps - 1) * self.wait_minutes + self.termination_minutes

    def needs(self, count: int) -> int:
        """Minutes that it may need: its waits, and the time in which new instances come up."""
        steps = self.steps(count)
        launches = steps if self.rolls else 1
        return self.waits(count) + launches * self.update_minutes + steps * SHIFT_MINUTES

    def timeout(self, count: int) -> int:
        """Minutes after which SageMaker undoes it."""
        return min(LONGEST_DEPLOYMENT, max(SHORTEST_DEPLOYMENT, self.needs(count)))

    @property
    def longest_timeout(self) -> int:
        """The longest `timeout`, however many instances the fleet has when it is deployed.

        Steps are only rounded down to whole instances, and that weighs most in small fleets.
        """
        return max(self.timeout(count) for count in range(1, ROUNDED_COUNTS + 1))

    def surge(self, count: int) -> int:
        """Instances beside the old fleet."""
        return self.batch(count) if self.rolls else count
