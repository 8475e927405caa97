"""A stack that lives through several deployments, in an account without anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.twin.stack_bench import MOTO, keys_of_operator, operator_client
from tests.worlds.sagemaker_bench import HandClock
from twin.core.hooks import hooked
from twin.deploy.deploy import Deployment, Stack
from twin.eventbridge.events import Events
from twin.functions import lambda_backend
from twin.functions.asynchronous import Config, check
from twin.functions.invocations import Outcome

SAM = "AWS::Serverless-2016-10-31"


class NeverInvoked:
    """No handler runs here, and none is sent an event."""

    def invoke(self, target: Any, arn: str, event: bytes) -> Outcome:
        raise NotImplementedError

    def send(self, target: Any, arn: str, body: bytes) -> None:
        raise NotImplementedError

    def configure(self, name: str, qualifier: str, config: Config) -> None:
        check(config)


@dataclass
class Account:
    """A stack, and the folder of its sources."""

    stack: Stack
    folder: Path

    def deploy(self, text: str, **parameters: str) -> Deployment:
        """Deploy a template from a folder of its own, with the code that lies beside it."""
        template = self.folder / "template.yaml"
        template.write_text(text if "Transform" in text else f"Transform: {SAM}\n{text}")
        return self.stack.deploy(template, parameters)

    def code(self, name: str, text: str) -> None:
        """Write code into another folder than the one before: what was uploaded stays."""
        before = self.folder
        self.folder = before.parent / f"{before.name}+"
        for part in ("code", "layer/python"):
            (self.folder / part).mkdir(parents=True)
            old = before / part / "app.py"
            if old.exists():
                (self.folder / part / "app.py").write_text(old.read_text())
        (self.folder / name / "app.py").write_text(text)

    def client(self, service: str) -> Any:
        return operator_client(service)

    def versions(self) -> list[str]:
        found = self.client("lambda").list_versions_by_function(FunctionName="worker")["Versions"]
        return [v["Version"] for v in found if v["Version"] != "$LATEST"]


@contextmanager
def alive() -> Iterator[None]:
    """moto with the twin's Lambda and events, and an operator's keys."""
    with pytest.MonkeyPatch.context() as patch, hooked() as hooks:
        keys_of_operator(patch)
        Events(HandClock()).install(hooks)
        lambda_backend.install(hooks, NeverInvoked())
        with mock_aws(config=MOTO):
            yield
