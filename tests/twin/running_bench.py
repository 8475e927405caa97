"""A small account for the tests of functions and state machines: moto, a clock, one function.

The clock stands still while code works, so what takes ten seconds takes ten on any machine.
"""

import io
import itertools
import json
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from twin.clock.clock import Clock, running
from twin.clock.clocks import StillClock
from twin.clock.shared_time import SharedTime
from twin.core import surroundings
from twin.core.account import REGION
from twin.core.hooks import Hooks
from twin.functions.functions import Functions, Mode
from twin.functions.runtime_api import Surroundings
from twin.states.machines import Machines

START = 1_790_000_000.0
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:work"

HANDLER = """
    import os
    import sys
    import time

    import boto3

    import shared

    LOADED = []


    def handler(event, context):
        LOADED.append(1)
        return globals()[event["do"]](event, context)


    def echo(event, context):
        return event


    def surroundings(event, context):
        return {
            "key": os.environ["AWS_ACCESS_KEY_ID"],
            "region": os.environ["AWS_REGION"],
            "own": os.environ["OWN"],
            "home": os.environ.get("HOME"),
            "strange": [name for name in os.environ if name.startswith(("_L", "TWIN", "PYTEST"))],
            "invocations": len(LOADED),
            "shared": shared.STATE,
        }


    def clock(event, context):
        return {"now": time.time(), "left": context.get_remaining_time_in_millis()}


    def arn(event, context):
        return context.invoked_function_arn


    def fail(event, context):
        raise ValueError(event.get("because", "no"))


    def sleep(event, context):
        time.sleep(event["seconds"])
        return "slept"


    def leave(event, context):
        sys.exit(3)


    def unserialisable(event, context):
        return {1}


    def mark(event, context):
        shared.STATE = "marked"


    def say(event, context):
        print(event["words"])


    def call(event, context):
        sqs = boto3.client("sqs")
        for body in event["bodies"]:
            sqs.send_message(QueueUrl=event["queue"], MessageBody=body)


    def stubborn(event, context):
        try:
            call(event, context)
        finally:
            call({**event, "bodies": ["last words"]}, context)
"""


@dataclass
class Bench:
    """What a test has in its hands."""

    clock: Clock
    functions: Functions
    machines: Machines
    said: list[Mapping[str, Any]]
    folder: Path
    role: str = ""
    keys_used: list[str] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            session: Any = boto3.session.Session()
            self._clients[service] = session.client(service)
        return self._clients[service]

    def make_function(self, name: str = "work", **more: Any) -> None:
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler=more.pop("handler", "app.handler"),
            Code={"ZipFile": _empty_zip()},
            Timeout=more.pop("timeout", 20),
            Environment={"Variables": {"OWN": name}},
        )
        self.functions.code[name] = (self.folder / "function", (self.folder / "layer",))

    def invoke(self, name: str = "work", **event: Any) -> Any:
        """The parsed answer; an error's payload comes with the key FunctionError."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        error = answer.get("FunctionError")
        return {**payload, "FunctionError": error} if error else payload

    def send(self, name: str = "work", **event: Any) -> None:
        payload = json.dumps(event)
        self.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)

    def queue(self, name: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])

    def bodies(self, url: str) -> list[str]:
        answer = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def machine(self, states: Mapping[str, Any], **top: Any) -> str:
        """Create a state machine that begins with the first state."""
        definition = {"StartAt": next(iter(states)), "States": states, **top}
        answer = self.client("stepfunctions").create_state_machine(
            name=f"machine-{next(self._numbers)}",
            roleArn=self.role,
            definition=json.dumps(definition),
        )
        return str(answer["stateMachineArn"])

    def run(
        self, states: Mapping[str, Any], given: Any = None, look_every: float = 1, **top: Any
    ) -> Any:
        """Run a machine of these states to its end and describe the execution."""
        return self.end_of(self.start(self.machine(states, **top), given), look_every)

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        client = self.client("stepfunctions")
        text = json.dumps(given or {})
        return str(
            client.start_execution(stateMachineArn=machine, input=text, **more)["executionArn"]
        )

    def describe(self, execution: str) -> Any:
        return self.client("stepfunctions").describe_execution(executionArn=execution)

    def history(self, execution: str) -> list[str]:
        client = self.client("stepfunctions")
        events = client.get_execution_history(executionArn=execution)["events"]
        return [event["type"] for event in events]

    def end_of(self, execution: str, look_every: float = 1) -> Any:
        deadline = self.clock.now() + 86_400
        while (described := self.describe(execution))["status"] == "RUNNING":
            assert self.clock.now() < deadline, "still running after a day"
            self.clock.sleep(look_every)
        return described


def write_code(folder: Path) -> None:
    """A function and a layer, as they lie in a repository."""
    for name in ("function", "layer/shared"):
        (folder / name).mkdir(parents=True)
    (folder / "function" / "app.py").write_text(textwrap.dedent(HANDLER))
    (folder / "layer" / "shared" / "__init__.py").write_text('STATE = "fresh"\n')


@contextmanager
def bench(folder: Path, mode: Mode = "in-process", clock: Clock | None = None) -> Iterator[Bench]:
    """Run everything for the length of the block."""
    write_code(folder)
    with ExitStack() as stack:
        hooks = Hooks()
        stack.callback(hooks.undo)
        stack.enter_context(surroundings.operator_environment())
        surroundings.share_service_models(hooks)
        time = stack.enter_context(running(clock or StillClock(START)))
        around = _around(stack, time) if mode == "processes" else None
        asked: list[str] = []

        def keys(role: str) -> tuple[str, str, str]:
            asked.append(role)
            return f"KEY-{role.rpartition('/')[2]}", "secret", "token"

        functions = Functions(keys, around)
        said: list[Mapping[str, Any]] = []
        machines = Machines(keys, lambda *event: said.append(event[2]))
        functions.install(hooks)
        machines.install(hooks)
        stack.enter_context(surroundings.moto_running())
        made = Bench(time, functions, machines, said, folder, keys_used=asked)
        role = made.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
        made.role = role["Role"]["Arn"]
        made.make_function()
        yield made


def _around(stack: ExitStack, clock: Clock) -> Surroundings:
    endpoint = stack.enter_context(surroundings.server())
    return Surroundings(endpoint, stack.enter_context(SharedTime(clock)).path)


def _empty_zip() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()
