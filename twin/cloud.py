"""The twin: one template deployed into this process, and everything it needs to run."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3

from twin import observations
from twin.before import Before
from twin.clock.clock import Clock, install, raise_failures
from twin.clock.shared_time import SharedTime
from twin.cloudwatch import cloudwatch, metrics
from twin.cloudwatch.cloudwatch import DEFAULT_LAG
from twin.cloudwatch.cloudwatch_api import CloudWatch
from twin.core import service_metrics, sizes, surroundings
from twin.core.account import REGION
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.core.throttling import Throttling
from twin.deploy.deploy import Deployment, Stack
from twin.dynamodb import ledger_lock
from twin.eventbridge.events import Events
from twin.functions.functions import Functions, Mode
from twin.functions.runtime_api import Surroundings
from twin.iam import permissions
from twin.iam.permissions import Permissions
from twin.observations import Execution
from twin.sagemaker import sagemaker
from twin.sagemaker.containers import Images
from twin.sagemaker.endpoint_faults import Faults
from twin.sagemaker.endpoints import Endpoints, Timings
from twin.sagemaker.sagemaker import SageMaker
from twin.sagemaker.synthetic import Synthetic
from twin.states.machines import Machines

NOT_ENFORCED = (
    "Lambda: memory, storage, architectures and the account's concurrency; layers are source "
    "folders, and packages come from this Python environment",
    "CloudFormation: the minutes that a deployment takes; here it happens at one moment",
    "Lambda: the limit of 10 s on a handler's start; on other metrics than Invocations, Errors, "
    "Duration, Throttles and DestinationDeliveryFailures an alarm sees no data",
    "Step Functions: throttling, redrive, logging and tracing configuration",
    "all services: quotas, unless a test asks for them",
    "throttling, unless a test asks; the rates of SageMaker are assumed (twin/core/rates.py)",
)
_IN_PROCESS = (
    "Lambda in-process: threads that a handler starts see the operator's keys; a handler whose "
    "time is up ends at its next AWS call"
)
_NO_IAM = "IAM: switched off, every call is allowed"
_Answer = TypeVar("_Answer")


class Twin:
    """A context manager: a local AWS account with the template deployed, on its own clock.

    Leaving it raises what escaped from timed actions and what the twin was asked but cannot do.
    """

    cloudwatch: CloudWatch
    deployment: Deployment
    functions: Functions
    machines: Machines

    def __init__(
        self,
        template: Path,
        parameters: Mapping[str, str] | None = None,
        *,
        clock: Clock,
        handlers: Mode = "processes",
        iam: bool = True,
        timings: Timings | None = None,
        seed: int = 0,
        metric_lag: float = DEFAULT_LAG,
        account: Before | None = None,
    ) -> None:
        """`account` is what the account has before the template is deployed into it."""
        self.clock = clock
        self.permissions = Permissions(surroundings.OPERATOR_KEY)
        self.throttling = Throttling(clock, surroundings.OPERATOR_KEY)
        self.events = Events(clock, self.permissions.credentials_for)
        self.sagemaker = SageMaker(
            clock, self.events.emit, metrics.record, timings=timings, seed=seed
        )
        self.permissions.key_needs.key_of_config = self.sagemaker.configs.key_of
        self._account = account or Before()
        self.permissions.control(self._account.control_policies)
        self._template = template
        self._parameters = dict(parameters or {})
        self._handlers: Mode = handlers
        self._iam = iam
        self._lag = metric_lag
        self._clients: dict[str, Any] = {}
        self._stack = Stack(client=self.client, tags=self._account.tags)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self._start(started)
            self._running = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._running.close()
        if error is None:
            raise_failures(self.clock, self.functions.mistakes)
            self._raise_unsupported()
            return
        for failure in self.clock.failures:
            error.add_note(f"meanwhile {failure.name} failed: {failure.error!r}")

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the stack."""
        return self.deployment.outputs

    @property
    def resources(self) -> Mapping[str, str]:
        """Logical id -> physical id of every resource of the stack."""
        return self.deployment.resources

    @property
    def census(self) -> list[str]:
        """What of the template has no effect here."""
        return self.deployment.census

    @property
    def not_enforced(self) -> list[str]:
        """What AWS would enforce and the twin does not."""
        own = [] if self._handlers == "processes" else [_IN_PROCESS]
        iam = list(permissions.NOT_ENFORCED) if self._iam else [_NO_IAM]
        others = (*NOT_ENFORCED, *sagemaker.NOT_ENFORCED, *cloudwatch.NOT_ENFORCED)
        return [*own, *iam, *others]

    @property
    def images(self) -> Images:
        """Where container images are registered."""
        return self.sagemaker.images

    @property
    def endpoints(self) -> Endpoints:
        """The endpoints, as SageMaker sees them."""
        return self.sagemaker.endpoints

    @property
    def faults(self) -> Faults:
        """Trouble that SageMaker shall have."""
        return self.sagemaker.faults

    @property
    def synthetic(self) -> Synthetic:
        """Traffic without requests, and how models behave under it."""
        return self.sagemaker.synthetic

    def client(self, service: str) -> Any:
        """The operator's boto3 client, who may do everything."""
        if service not in self._clients:
            session: Any = boto3.session.Session()
            self._clients[service] = session.client(service, region_name=REGION)
        return self._clients[service]

    def update(self, template: Path | None = None, **parameters: str) -> None:
        """Update the stack to another template, or other values of some parameters.

        All of it happens at one moment of simulated time.

        Raises:
            DeployError: names the logical id; the stack is what it was before.
        """
        with self.clock.working():
            self._deploy_stack(template or self._template, self._parameters | parameters)

    def delete(self) -> None:
        """Delete the stack; what its policies keep stays in the account."""
        with self.clock.working():
            self._stack.delete()

    def until(
        self, predicate: Callable[[], _Answer], minutes: float, what: str, every: float = 10.0
    ) -> _Answer:
        """Wait in simulated time until the predicate answers something true, and return that."""
        deadline = self.clock.now() + minutes * 60
        while not (answer := predicate()):
            raise_failures(self.clock)
            left = deadline - self.clock.now()
            if left <= 0:
                waiting = ", ".join(self.clock.waiting()[:9])
                text = f"{what}: not within {minutes:g} simulated minutes"
                raise TimeoutError(f"{text}; waiting for a time: {waiting}")
            self.clock.sleep(min(every, left))
        return answer

    def execution(self, arn: str) -> Execution:
        """One execution of a state machine, with its history."""
        return observations.execution(self.client("stepfunctions"), arn)

    def executions(self) -> list[Execution]:
        """Every execution, in the order they started."""
        return [self.execution(each.exec_arn) for each in self.machines.executions()]

    def mail(self) -> list[tuple[str, str]]:
        """(Subject, message) of everything published to the topics."""
        return observations.mail()

    def queue_depth(self, name: str) -> int:
        """How many messages are in a queue, by its name or its logical id."""
        return observations.queue_depth(self.resources.get(name, name))

    def banner(self) -> str:
        """What every run must say about itself."""
        lines = [f"local twin, speed {self.clock.speed:g}, not AWS", "Not enforced:"]
        return "\n- ".join([lines[0] + "\n" + lines[1], *self.not_enforced])

    def _start(self, started: ExitStack) -> None:
        hooks = Hooks()
        started.callback(hooks.undo)
        started.enter_context(surroundings.operator_environment())
        surroundings.share_service_models(hooks)
        install(hooks, self.clock)
        self.clock.start()
        self._install(hooks, self._surroundings(started))
        started.enter_context(surroundings.moto_running())
        started.callback(self.sagemaker.close)
        started.callback(self.clock.stop)
        with self.clock.working():
            self._deploy()

    def _surroundings(self, started: ExitStack) -> Surroundings | None:
        if self._handlers != "processes":
            return None
        endpoint = started.enter_context(surroundings.server())
        return Surroundings(endpoint, started.enter_context(SharedTime(self.clock)).path)

    def _install(self, hooks: Hooks, around: Surroundings | None) -> None:
        """Patch moto; all of this must be done before it starts."""
        emit = self.events.emit
        self.functions = Functions(self._keys_for("lambda"), around, service_metrics)
        self.machines = Machines(self._keys_for("states"), emit, service_metrics.of_execution)
        self.cloudwatch = cloudwatch.install(hooks, self.clock, emit, lag=self._lag)
        ledger_lock.install(hooks)
        for part in (self.permissions, self.events, self.sagemaker, self.functions, self.machines):
            part.install(hooks)
        sizes.install(hooks)
        self.throttling.install(hooks)

    def _keys_for(self, service: str) -> Callable[[str], tuple[str, str, str]]:
        """Return the keys of roles that this service may assume."""
        principal = f"{service}.amazonaws.com"
        return lambda role: self.permissions.credentials_for(role, principal)

    def _deploy(self) -> None:
        self._account.furnish(self.client("iam"))
        self._deploy_stack(self._template, self._parameters)
        self.permissions.enabled = self._iam
        service_metrics.of_queues_every_minute()

    def _deploy_stack(self, template: Path, parameters: dict[str, str]) -> None:
        self.deployment = self._stack.deploy(template, parameters)
        self.functions.code.update(self.deployment.code)
        self._template, self._parameters = template, parameters

    def _raise_unsupported(self) -> None:
        if self.permissions.unsupported:
            raise NotSupportedByTwin("; ".join(self.permissions.unsupported))
