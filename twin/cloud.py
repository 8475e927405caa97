"""The twin: a local AWS account in this process, with one template deployed."""

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
    "Lambda: memory, storage, architectures and the account's concurrency. Layers are source "
    "folders, and packages come from this Python environment.",
    "CloudFormation: the duration of a deployment. Here it takes no time.",
    "Lambda: the limit of 10 s on a handler's start. The only metrics are Invocations, Errors, "
    "Duration, Throttles and DestinationDeliveryFailures.",
    "Step Functions: throttling, redrive, and the configuration of logging and tracing.",
    "All services: quotas, unless a test enables them.",
    "All services: throttling, unless a test enables it. SageMaker's rates are assumed "
    "(twin/core/rates.py).",
)
_IN_PROCESS = (
    "Lambda in-process: threads that a handler starts have the operator's credentials. After its "
    "time-out, a handler ends at its next AWS call."
)
_NO_IAM = "IAM: all permissions, so that every call is allowed."
_Answer = TypeVar("_Answer")


class Twin:
    """A context manager for a local AWS account with the template deployed, on its own clock.

    On leaving, it raises the exceptions of timed actions, and NotSupportedByTwin for calls that it
    could not answer.
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
        """`account` describes the account's contents before the deployment."""
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
        """Maps the logical id of each resource of the stack to its physical id."""
        return self.deployment.resources

    @property
    def census(self) -> list[str]:
        """The parts of the template that have no effect here."""
        return self.deployment.census

    @property
    def not_enforced(self) -> list[str]:
        """What AWS enforces and the twin does not, one sentence or more per item."""
        own = [] if self._handlers == "processes" else [_IN_PROCESS]
        iam = list(permissions.NOT_ENFORCED) if self._iam else [_NO_IAM]
        others = (*NOT_ENFORCED, *sagemaker.NOT_ENFORCED, *cloudwatch.NOT_ENFORCED)
        return [*own, *iam, *others]

    @property
    def images(self) -> Images:
        """The registry of container images."""
        return self.sagemaker.images

    @property
    def endpoints(self) -> Endpoints:
        """SageMaker's endpoints."""
        return self.sagemaker.endpoints

    @property
    def faults(self) -> Faults:
        """The faults that a test plans for SageMaker."""
        return self.sagemaker.faults

    @property
    def synthetic(self) -> Synthetic:
        """Synthetic traffic, and how models behave under it."""
        return self.sagemaker.synthetic

    def client(self, service: str) -> Any:
        """Return a boto3 client of the operator, who has all permissions."""
        if service not in self._clients:
            session: Any = boto3.session.Session()
            self._clients[service] = session.client(service, region_name=REGION)
        return self._clients[service]

    def update(self, template: Path | None = None, **parameters: str) -> None:
        """Update the stack to another template, or to other values of some parameters.

        The update takes no simulated time.

        Raises:
            DeployError: the update failed and was rolled back. The message has the logical id.
        """
        with self.clock.working():
            self._deploy_stack(template or self._template, self._parameters | parameters)

    def delete(self) -> None:
        """Delete the stack. Resources that its policies retain stay in the account."""
        with self.clock.working():
            self._stack.delete()

    def until(
        self, predicate: Callable[[], _Answer], minutes: float, what: str, every: float = 10.0
    ) -> _Answer:
        """Wait in simulated time until the predicate returns a true value, and return it.

        Raises:
            TimeoutError: the predicate stayed false for `minutes`.
        """
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
        """Return one execution of a state machine, with its history."""
        return observations.execution(self.client("stepfunctions"), arn)

    def executions(self) -> list[Execution]:
        """Return every execution, in the order of their starts."""
        return [self.execution(each.exec_arn) for each in self.machines.executions()]

    def mail(self) -> list[tuple[str, str]]:
        """Return (subject, message) of everything published to the topics."""
        return observations.mail()

    def queue_depth(self, name: str) -> int:
        """Return the number of messages in a queue, given its name or logical id."""
        return observations.queue_depth(self.resources.get(name, name))

    def banner(self) -> str:
        """Return the text with which every run must begin."""
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
        """Patch moto. This must be done before it starts."""
        emit = self.events.emit
        self.functions = Functions(self._keys_for("lambda"), around, service_metrics)
        self.machines = Machines(self._keys_for("states"), emit, service_metrics.of_execution)
        self.cloudwatch = cloudwatch.install(hooks, self.clock, emit, lag=self._lag)
        self.sagemaker.alarms.read = self.cloudwatch.alarms.state
        ledger_lock.install(hooks)
        for part in (self.permissions, self.events, self.sagemaker, self.functions, self.machines):
            part.install(hooks)
        sizes.install(hooks)
        self.throttling.install(hooks)

    def _keys_for(self, service: str) -> Callable[[str], tuple[str, str, str]]:
        """Return a function that gives a role's session keys to this service."""
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
