"""The real handlers, each loaded afresh, in an account that counts what they do."""

import importlib.util
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from penstock.domain.errors import PenstockError
from penstock.entries.entry import logger
from tests.fakes.lambda_context import Context
from tests.generated.account import Account, Scene, reached

FUNCTIONS = Path(__file__).parents[2] / "functions"


@dataclass
class Answered:
    """How one invocation ended: a document, or an error of the tree; what was called meanwhile."""

    document: Any
    error: Exception | None
    calls: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def malformed(self) -> bool:
        return isinstance(self.error, ValidationError)

    @property
    def refused(self) -> bool:
        """Whether nothing was to be done; what ended releases owe is paid at rest all the same."""
        match self.document:
            case {"outcome": "at_rest"}:
                return False
            case {"ending": {"ending": "refused" | "nothing_to_do"}}:
                return True
        return False


@dataclass
class Invoked:
    """One function."""

    handler: Callable[[Any, Any], Any]
    account: Account

    def __call__(self, document: Any, scene: Scene, *, refusing: bool = False) -> Answered:
        """Invoke it.

        Raises:
            Exception: whatever is neither an error of Penstock's nor a malformed input.
        """
        self.account.begin(scene, refusing=refusing)
        answer, problem = None, None
        try:
            answer = self.handler(document, Context())
        except (PenstockError, ValidationError) as error:
            problem = error
        return Answered(answer, problem, tuple(self.account.calls), tuple(self.account.writes))


@contextmanager
def function(name: str) -> Iterator[Invoked]:
    """The function with modules and clients of its own; what it logs must be JSON."""
    account, log = Account(), io.StringIO()
    with reached(account), redirect_stdout(log), _logging_to(log):
        yield Invoked(_load(name).handler, account)
    for line in log.getvalue().splitlines():
        json.loads(line)


@contextmanager
def _logging_to(log: io.StringIO) -> Iterator[None]:
    """Powertools took standard output when it was imported."""
    kept = [h for h in logger.handlers if isinstance(h, logging.StreamHandler)]
    before = [h.setStream(log) for h in kept]
    below = logging.getLogger(logger.name)
    told, below.propagate = below.propagate, False
    try:
        yield
    finally:
        below.propagate = told
        for handler, stream in zip(kept, before, strict=True):
            handler.setStream(stream)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"generated_{name}", FUNCTIONS / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
