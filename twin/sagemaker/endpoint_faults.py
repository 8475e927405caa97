"""What a test can make go wrong with endpoints, as it goes wrong on AWS."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from moto.core.exceptions import JsonRESTError

from twin.core.account import refused

Operation = Literal[
    "AddTags",
    "CreateEndpoint",
    "CreateEndpointConfig",
    "CreateModel",
    "DeleteEndpoint",
    "DeleteEndpointConfig",
    "DeleteModel",
    "DescribeEndpoint",
    "DescribeEndpointConfig",
    "DescribeModel",
    "DescribeModelPackage",
    "ListModelPackages",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
    "UpdateModelPackage",
]


@dataclass(frozen=True)
class Failure:
    """A planned failure; without a reason DescribeEndpoint will not say why."""

    reason: str | None = None


@dataclass
class Faults:
    """The failures planned for the next operations, each used up by one of them.

    Set them from a test; `Endpoints` takes them. Stuck and system updates end only when the
    test ends them, or after their minutes.

    What SageMaker takes in UpdateRollbackFailed: `repairs`, an UpdateEndpoint (documented);
    `repairs_same`, also to the configuration that is shown, and `broken_weights`, new weights
    (neither is documented, so a test plays both).
    """

    creation: list[Failure] = field(default_factory=list)
    update: list[Failure] = field(default_factory=list)
    rollback: list[Failure] = field(default_factory=list)
    weights: list[Failure] = field(default_factory=list)
    stuck_updates: int = 0
    repairs: bool = True
    repairs_same: bool = False
    broken_weights: bool = False
    _refusals: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    _lost: list[str] = field(default_factory=list)

    def fail_next_creation(self, reason: str = "The fleet could not be started.") -> None:
        """The next CreateEndpoint ends Failed."""
        self.creation.append(Failure(reason))

    def roll_back_next_update(self, reason: str | None = None) -> None:
        """The next UpdateEndpoint ends InService on the old configuration."""
        self.update.append(Failure(reason))

    def roll_back_next_weights(self, reason: str | None = None) -> None:
        """The next weight or count change goes through RollingBack to what was before."""
        self.weights.append(Failure(reason))

    def fail_next_rollback(self, reason: str | None = None) -> None:
        """The next UpdateEndpoint and its rollback fail: UpdateRollbackFailed, serving a mix."""
        self.rollback.append(Failure(reason))

    def stick_next_update(self) -> None:
        """The next UpdateEndpoint or weight change stays Updating until it is unstuck."""
        self.stuck_updates += 1

    def limit_next(self, operation: Operation, times: int = 1) -> None:
        """The next calls answer ResourceLimitExceeded."""
        message = "The account-level service limit for this instance type is exceeded."
        self._refuse(operation, refused(message, "ResourceLimitExceeded"), times)

    def throttle_next(self, operation: Operation, times: int = 1) -> None:
        """The next calls answer ThrottlingException."""
        self._refuse(operation, JsonRESTError("ThrottlingException", "Rate exceeded"), times)

    def lose_answer(self, operation: Operation) -> None:
        """The next call is carried out, but its caller is told of an internal failure.

        botocore then tries it again.
        """
        self._lost.append(operation)

    def clear(self) -> None:
        """Plan nothing any more; what is stuck stays stuck."""
        for planned in (self.creation, self.update, self.rollback, self.weights, self._lost):
            planned.clear()
        self.stuck_updates = 0
        self.repairs, self.repairs_same, self.broken_weights = True, False, False
        self._refusals.clear()

    def check_before(self, operation: str) -> None:
        """Raise what was planned in place of a call of this operation."""
        if self._refusals[operation]:
            raise self._refusals[operation].pop(0)

    def check_after(self, operation: str) -> None:
        """Raise when the answer of a call that was carried out is to be lost."""
        if operation in self._lost:
            self._lost.remove(operation)
            lost = JsonRESTError("InternalFailure", "The answer was lost.")
            lost.code = 500
            raise lost

    def sticks(self) -> bool:
        """Whether the change that begins now gets stuck."""
        if not self.stuck_updates:
            return False
        self.stuck_updates -= 1
        return True

    def _refuse(self, operation: str, error: Exception, times: int) -> None:
        self._refusals[operation].extend([error] * times)
