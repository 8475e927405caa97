"""Lambda: moto's control plane, with handlers that run."""

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import boto3
from moto.awslambda.models import LambdaFunction

from twin.clock.clock import Failure, current
from twin.cloudwatch.embedded_metrics import InvalidEmbeddedMetric
from twin.core.account import REGION
from twin.core.hooks import Hooks
from twin.functions import lambda_backend
from twin.functions.asynchronous import Config, Event, Queue, Throttled, check
from twin.functions.handler_calls import Calls, install_environment
from twin.functions.in_process import install_output
from twin.functions.invocations import Function, Invocation, Outcome
from twin.functions.runtime_api import Surroundings
from twin.functions.sandboxes import CredentialsFor, Sandboxes

Mode = Literal["processes", "in-process"]
Code = Mapping[str, tuple[Path, tuple[Path, ...]]]


class Observer(Protocol):
    """Counts invocations, log lines, throttles and lost events."""

    def of_invocation(self, function: Function, outcome: Outcome, seconds: float) -> None: ...

    def of_log(self, lines: str) -> None: ...

    def of_throttle(self, function_name: str) -> None: ...

    def of_lost_event(self, function_name: str) -> None: ...


class Functions:
    """Every function of the twin: its code, its execution environments and its events.

    With `surroundings` the handlers run in separate processes, else in this process. `code` maps
    names, and `name:version` of published versions, to (folder, layer folders). The deployment
    fills it.
    """

    def __init__(
        self,
        credentials_for: CredentialsFor,
        surroundings: Surroundings | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.code: dict[str, tuple[Path, tuple[Path, ...]]] = {}
        self.calls = Calls()
        self.mistakes: list[Failure] = []
        """Failures that AWS would ignore silently. The twin raises them on leaving."""
        self.configs: dict[tuple[str, str], Config] = {}
        self.queue = Queue(self._run_event, self._client_for, _never_runs, self._lose)
        self._credentials_for = credentials_for
        self._sandboxes = Sandboxes(credentials_for, surroundings)
        self._observer = observer
        self._busy: dict[str, int] = defaultdict(int)
        self._throttled_until: dict[str | None, float] = {}
        self._lock = threading.Lock()

    def install(self, hooks: Hooks) -> None:
        """Run the handlers of all functions in moto, until the hooks are undone."""
        lambda_backend.install(hooks, self)
        if self._sandboxes.surroundings is None:
            self.calls.install(hooks)
            install_environment(hooks)
            install_output(hooks)
        current().on_stop.append(self._sandboxes.stop)
        hooks.defer(self._sandboxes.close)

    def share_layers(self) -> None:
        """Import the layers of in-process handlers only once from now on.

        All environments then share the state of the layers' modules, unlike on AWS. It saves a
        second and some megabytes per environment, in tests with many concurrent handlers.
        """
        self._sandboxes.shared_layers = {}

    def log(self, name: str) -> str:
        """Return the standard output of a function's handlers (and standard error of processes)."""
        return self._sandboxes.log(name)

    def configure(self, name: str, qualifier: str, config: Config) -> None:
        """Store an EventInvokeConfig. AWS: it applies to this qualifier only (facts 6)."""
        check(config)
        self.configs[(name, qualifier)] = config

    def throttle(self, minutes: float, name: str | None = None) -> None:
        """Throttle invocations for some minutes, of one function or (None) of the account."""
        self._throttled_until[name] = current().now() + 60 * minutes

    def invoke(
        self, target: LambdaFunction, arn: str, event: bytes, request_id: str | None = None
    ) -> Outcome:
        """Run a handler to its end.

        Raises:
            Throttled: the limit of concurrency is reached.
            moto.iam.exceptions.NotFoundException: the function's role was deleted. (AWS: a warm
                environment may keep its credentials for some hours, without any guarantee.)
        """
        self._credentials_for(target.role)
        function = self._describe(target)
        try:
            with self._slot(target):
                return self._run(function, arn, event, request_id or str(uuid.uuid4()))
        except Throttled:
            if self._observer:
                self._observer.of_throttle(function.name)
            raise

    def send(self, target: LambdaFunction, arn: str, body: bytes) -> None:
        """Queue an event for a handler."""
        qualifier = lambda_backend.qualifier_of(arn)
        self.queue.accept(
            Event(
                target=target,
                function_arn=arn,
                version=str(target.version),
                role=target.role,
                request_id=str(uuid.uuid4()),
                body=body,
                config=self.configs.get((target.function_name, qualifier), {}),
                arrived=current().now(),
            )
        )

    def _run(self, function: Function, arn: str, event: bytes, request_id: str) -> Outcome:
        started = current().now()

        def invocation() -> Invocation:
            deadline = current().now() + function.timeout
            return Invocation(function, request_id, arn, event, deadline)

        outcome = self._sandboxes.run(function, invocation)
        if self._observer:
            self._observer.of_invocation(function, outcome, current().now() - started)
            self._read_log(self._observer, function.name)
        return outcome

    def _read_log(self, observer: Observer, name: str) -> None:
        try:
            observer.of_log(self._sandboxes.new_log(name))
        except InvalidEmbeddedMetric as error:
            self.mistakes.append(Failure(f"a metric printed by {name}", error))

    def _run_event(self, event: Event) -> Outcome:
        return self.invoke(event.target, event.function_arn, event.body, event.request_id)

    def _lose(self, event: Event) -> None:
        if self._observer:
            self._observer.of_lost_event(event.target.function_name)

    def _client_for(self, role: str, service: str) -> Any:
        key, secret, token = self._credentials_for(role)
        session: Any = boto3.session.Session(key, secret, token, REGION)
        return session.client(service)

    @contextmanager
    def _slot(self, target: LambdaFunction) -> Iterator[None]:
        name, limit = target.function_name, _limit(target)
        with self._lock:
            if self._used_up(name) or (limit is not None and self._busy[name] >= limit):
                raise Throttled(name)
            self._busy[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[name] -= 1

    def _used_up(self, name: str) -> bool:
        now = current().now()
        return any(now < self._throttled_until.get(whose, 0) for whose in (name, None))

    def _describe(self, target: LambdaFunction) -> Function:
        version = str(target.version) if ":" in _after_name(target) else "$LATEST"
        name = target.function_name
        folder, layers = self.code.get(f"{name}:{version}") or self.code[name]
        return Function(
            name=name,
            version=version,
            handler=str(target.handler),
            runtime=str(target.run_time),
            folder=folder.resolve(),
            layers=tuple(layer.resolve() for layer in layers),
            timeout=int(target.timeout),
            memory=int(target.memory_size),
            role=target.role,
            variables=target.environment_vars,
        )


def _after_name(target: LambdaFunction) -> str:
    return target.function_arn.partition(":function:")[2]


def _limit(target: LambdaFunction) -> int | None:
    reserved = target.reserved_concurrency
    return None if reserved is None else int(reserved)


def _never_runs(event: Event) -> bool:
    return _limit(event.target) == 0
