"""The faults of endpoints that a test can plan, as they happen on AWS."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from moto.core.exceptions import JsonRESTError

from twin.core.account import refused
from twin.sagemaker.guardrails import Guardrails

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
    """A planned failure. Without a reason, DescribeEndpoint shows no FailureReason.

    In a guarded deployment, `launch` is the number of the launch that fails. Rolling has several.
    """

    reason: str | None = None
    launch: int = 1


@dataclass
class Faults:
    """The faults planned for the next operations. Each affects one operation.

    A test plans them and `Endpoints` uses them. A stuck update ends when the test ends it. A
    system update ends after its minutes.

    Three switches say what SageMaker accepts in UpdateRollbackFailed. `repairs` is an
    UpdateEndpoint, which is documented. `repairs_same` is one to the configuration that is shown,
    and `broken_weights` are new weights. Both are undocumented, so that tests try both values.

    `guardrails` has the switches of guarded deployments. `ways_back` fail only where such a
    deployment goes back.
    """

    creation: list[Failure] = field(default_factory=list)
    update: list[Failure] = field(default_factory=list)
    rollback: list[Failure] = field(default_factory=list)
    weights: list[Failure] = field(default_factory=list)
    ways_back: list[Failure] = field(default_factory=list)
    guardrails: Guardrails = field(default_factory=Guardrails)
    stuck_updates: int = 0
    repairs: bool = True
    repairs_same: bool = False
    broken_weights: bool = False
    _refusals: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))
    _lost: list[str] = field(default_factory=list)

    def fail_next_creation(self, reason: str = "The fleet could not be started.") -> None:
        """Let the next CreateEndpoint end in Failed."""
        self.creation.append(Failure(reason))

    def roll_back_next_update(self, reason: str | None = None, *, launch: int = 1) -> None:
        """Let the next UpdateEndpoint end in InService on the old configuration."""
        self.update.append(Failure(reason, launch))

    def roll_back_next_weights(self, reason: str | None = None) -> None:
        """Let the next change of weights or counts go back, with the status RollingBack."""
        self.weights.append(Failure(reason))

    def fail_next_rollback(self, reason: str | None = None) -> None:
        """Let the next UpdateEndpoint and its rollback fail: UpdateRollbackFailed, with a mix.

        A guarded deployment fails as soon as the new fleet has traffic.
        """
        self.rollback.append(Failure(reason))

    def fail_next_way_back(self, reason: str | None = None) -> None:
        """Let the next guarded deployment that goes back fail at that: UpdateRollbackFailed."""
        self.ways_back.append(Failure(reason))

    def stick_next_update(self) -> None:
        """Let the next UpdateEndpoint or weight change stay Updating until it is unstuck."""
        self.stuck_updates += 1

    def limit_next(self, operation: Operation, times: int = 1) -> None:
        """Let the next calls fail with ResourceLimitExceeded."""
        message = "The account-level service limit for this instance type is exceeded."
        self._refuse(operation, refused(message, "ResourceLimitExceeded"), times)

    def throttle_next(self, operation: Operation, times: int = 1) -> None:
        """Let the next calls fail with ThrottlingException."""
        self._refuse(operation, JsonRESTError("ThrottlingException", "Rate exceeded"), times)

    def lose_answer(self, operation: Operation) -> None:
        """Let the next call succeed, but answer it with an internal failure.

        botocore then retries it.
        """
        self._lost.append(operation)

    def clear(self) -> None:
        """Remove all planned faults. A stuck update stays stuck."""
        plans = (self.creation, self.update, self.rollback, self.weights, self.ways_back)
        for planned in (*plans, self._lost):
            planned.clear()
        self.stuck_updates = 0
        self.repairs, self.repairs_same, self.broken_weights = True, False, False
        self.guardrails = Guardrails()
        self._refusals.clear()

    def check_before(self, operation: str) -> None:
        """Raise the error that is planned instead of a call of this operation."""
        if self._refusals[operation]:
            raise self._refusals[operation].pop(0)

    def check_after(self, operation: str) -> None:
        """Raise an error if the answer of this call is planned to be lost."""
        if operation in self._lost:
            self._lost.remove(operation)
            lost = JsonRESTError("InternalFailure", "The answer was lost.")
            lost.code = 500
            raise lost

    def sticks(self) -> bool:
        """Return whether the change that begins now gets stuck."""
        if not self.stuck_updates:
            return False
        self.stuck_updates -= 1
        return True

    def _refuse(self, operation: str, error: Exception, times: int) -> None:
        self._refusals[operation].extend([error] * times)
