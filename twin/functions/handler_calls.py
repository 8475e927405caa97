"""Knows which handler the current thread runs, and records the AWS calls of handlers.

Tests watch the calls, and can kill a handler right before or after any of them.
"""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.client
import botocore.endpoint

from twin.clock.clock import current
from twin.core.hooks import Hooks

_Environ = type(os.environ)


class Killed(BaseException):
    """Ends a handler like the death of its process. It is no Exception, so no code catches it."""


@dataclass(frozen=True)
class Call:
    """An AWS call by a handler. `operation` is the API's name, such as UpdateEndpoint."""

    function: str
    request_id: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    at: float


Interference = Callable[[Call], None]


@dataclass
class Running:
    """One handler that runs in this process."""

    function: str
    request_id: str
    environ: MutableMapping[str, str]
    session: Any
    log: list[str]
    killed: bool = False


running: ContextVar[Running | None] = ContextVar("running", default=None)


def _at_once(_: str) -> float:
    return 0.0


@dataclass
class Calls:
    """The record of handlers' calls, and the tests' hooks around them."""

    log: list[Call] = field(default_factory=list)
    _before: list[Interference] = field(default_factory=list)
    _after: list[Interference] = field(default_factory=list)
    _seconds: Callable[[str], float] = _at_once

    def answering(self, seconds: Callable[[str], float] = _at_once) -> None:
        """Let each try of a handler's call take a number of seconds, by service, from now on."""
        self._seconds = seconds

    @contextmanager
    def interfering(
        self, before: Interference | None = None, after: Interference | None = None
    ) -> Iterator[None]:
        """Run `before` and `after` around every call. They may raise Killed to end the handler."""
        befores = [before] if before else []
        afters = [after] if after else []
        self._before += befores
        self._after += afters
        try:
            yield
        finally:
            self._before = [each for each in self._before if each not in befores]
            self._after = [each for each in self._after if each not in afters]

    def install(self, hooks: Hooks) -> None:
        """Record every call that goes through botocore."""
        client_class: Any = botocore.client.BaseClient
        original = client_class._make_api_call  # noqa: SLF001  # no public place

        def make_api_call(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
            handler = running.get()
            if handler is None:
                return original(client, operation, parameters)
            return self._watch(handler, client, operation, parameters, original)

        hooks.set(client_class, "_make_api_call", make_api_call)
        endpoint_class: Any = botocore.endpoint.Endpoint
        get_response = endpoint_class._get_response  # noqa: SLF001  # each try comes by here

        def get_response_in_time(endpoint: Any, request: Any, operation: Any, context: Any) -> Any:
            if running.get() is not None:
                current().sleep(self._seconds(operation.service_model.service_name))
            return get_response(endpoint, request, operation, context)

        hooks.set(endpoint_class, "_get_response", get_response_in_time)

    def _watch(
        self,
        handler: Running,
        client: Any,
        operation: str,
        parameters: Mapping[str, Any],
        original: Callable[..., Any],
    ) -> Any:
        service = client.meta.service_model.service_name
        request = handler.request_id
        call = Call(handler.function, request, service, operation, parameters, current().now())
        self._interfere(handler, self._before, call)
        self.log.append(call)
        answer = original(client, operation, parameters)
        self._interfere(handler, self._after, call)
        return answer

    def _interfere(self, handler: Running, who: list[Interference], call: Call) -> None:
        try:
            for each in list(who) if not handler.killed else []:
                each(call)
        except Killed:
            handler.killed = True
        if handler.killed:
            raise Killed


class _EnvironOfHandlers(_Environ):  # type: ignore[misc, valid-type]  # a class found at run time
    """os.environ with a handler's own variables inside handlers, else the process's."""

    def __getitem__(self, name: str) -> str:
        handler = running.get()
        return handler.environ[name] if handler else super().__getitem__(name)

    def __setitem__(self, name: str, value: str) -> None:
        handler = running.get()
        if handler:
            handler.environ[name] = value
        else:
            super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        handler = running.get()
        if handler:
            del handler.environ[name]
        else:
            super().__delitem__(name)

    def __iter__(self) -> Iterator[str]:
        handler = running.get()
        return iter(list(handler.environ)) if handler else super().__iter__()

    def __len__(self) -> int:
        handler = running.get()
        return len(handler.environ) if handler else super().__len__()


def install_environment(hooks: Hooks) -> None:
    """Give every handler a separate os.environ and default boto3 session."""
    os.environ.__class__ = _EnvironOfHandlers  # all modules share this object
    hooks.defer(lambda: setattr(os.environ, "__class__", _Environ))
    original = boto3._get_default_session  # noqa: SLF001  # no public place

    def default_session() -> Any:
        handler = running.get()
        return handler.session if handler else original()

    hooks.set(boto3, "_get_default_session", default_session)
