"""The pool of execution environments: one per concurrent invocation, reused when free."""

import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from twin.core.account import REGION
from twin.functions.in_process import InProcessSandbox
from twin.functions.invocations import (
    Credentials,
    Function,
    Invocation,
    Outcome,
    Sandbox,
    SandboxLost,
)
from twin.functions.own_modules import SharedLayers
from twin.functions.runtime_api import ProcessSandbox, Surroundings

CredentialsFor = Callable[[str], tuple[str, str, str]]
IDLE_KEPT = 4
"""The limit of idle processes. Like AWS, the twin ends those that were idle longest."""


class Sandboxes:
    """Keeps environments by function version, and the functions' logs.

    With `surroundings` the handlers run in separate processes, else in this process.
    """

    def __init__(self, credentials_for: CredentialsFor, surroundings: Surroundings | None) -> None:
        self.surroundings = surroundings
        self.shared_layers: SharedLayers | None = None
        self._credentials_for = credentials_for
        self._logs: dict[str, list[str]] = defaultdict(list)
        self._folder = tempfile.TemporaryDirectory(prefix="logs-")
        self._free: dict[tuple[object, ...], list[Sandbox]] = defaultdict(list)
        self._idle: list[tuple[tuple[object, ...], Sandbox]] = []
        self._all: set[Sandbox] = set()
        self._read: dict[str, int] = defaultdict(int)
        self._begun: dict[str, str] = defaultdict(str)
        self._lock = threading.Lock()

    def run(self, function: Function, invocation: Callable[[], Invocation]) -> Outcome:
        """Serve one invocation. Its time begins once the environment is ready."""
        try:
            sandbox = self._take(function)
            try:
                outcome = sandbox.invoke(invocation())
            except BaseException:
                self._discard(sandbox)
                raise
        except SandboxLost as lost:
            return lost.outcome
        self._keep(function, sandbox)
        return outcome

    def log(self, name: str) -> str:
        """Return everything that the handlers of a function printed."""
        if self.surroundings is None:
            return "".join(self._logs[name])
        file = self._log_file(name)
        return file.read_text(errors="replace") if file.exists() else ""

    def new_log(self, name: str) -> str:
        """Return the complete lines that were printed since the last call."""
        with self._lock:
            text = self._begun[name] + self._unread(name)
            end = text.rfind("\n") + 1
            self._begun[name] = text[end:]
        return text[:end]

    def close(self) -> None:
        """End every environment and forget the logs."""
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """End every environment."""
        with self._lock:
            sandboxes, self._all = self._all, set()
            self._free.clear()
            self._idle.clear()
        for sandbox in sandboxes:
            sandbox.close()

    def _unread(self, name: str) -> str:
        begin = self._read[name]
        if self.surroundings is None:
            pieces = self._logs[name][begin:]
            self._read[name] += len(pieces)
            return "".join(pieces)
        with self._log_file(name).open("rb") as file:
            file.seek(begin)
            written = file.read()
        self._read[name] += len(written)
        return written.decode(errors="replace")

    def _take(self, function: Function) -> Sandbox:
        with self._lock:
            free = self._free[function.key]
            if free:
                sandbox = free.pop()
                self._idle.remove((function.key, sandbox))
                return sandbox
        sandbox = self._make(function)
        with self._lock:
            self._all.add(sandbox)
        try:
            sandbox.start()
        except BaseException:
            self._discard(sandbox)
            raise
        return sandbox

    def _keep(self, function: Function, sandbox: Sandbox) -> None:
        """Free the environment for the next invocation. End those that were idle longest."""
        with self._lock:
            self._free[function.key].append(sandbox)
            self._idle.append((function.key, sandbox))
            surplus = self._surplus()
        for old in surplus:
            old.close()

    def _surplus(self) -> list[Sandbox]:
        if self.surroundings is None:
            return []
        surplus = self._idle[: max(0, len(self._idle) - IDLE_KEPT)]
        del self._idle[: len(surplus)]
        for key, sandbox in surplus:
            self._free[key].remove(sandbox)
            self._all.discard(sandbox)
        return [sandbox for _, sandbox in surplus]

    def _discard(self, sandbox: Sandbox) -> None:
        with self._lock:
            self._all.discard(sandbox)

    def _make(self, function: Function) -> Sandbox:
        credentials = Credentials(*self._credentials_for(function.role))
        environment = function.environment(REGION, credentials)
        if self.surroundings is None:
            printed = self._logs[function.name]
            return InProcessSandbox(function, environment, printed, self.shared_layers)
        log = self._log_file(function.name)
        return ProcessSandbox(function, environment, self.surroundings, log)

    def _log_file(self, name: str) -> Path:
        return Path(self._folder.name, f"{name.replace(os.sep, '_')}.log")
