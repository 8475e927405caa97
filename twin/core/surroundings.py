"""Sets up what moto needs: the operator's environment, moto's settings, and a server."""

import functools
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from moto import mock_aws
from moto.server import ThreadedMotoServer

from twin.core.account import REGION
from twin.core.hooks import Hooks

OPERATOR_KEY = "AKIAOPERATOR00000000"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": OPERATOR_KEY,
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "TZ": "UTC",
}
_REMOVED = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION")
_SETTINGS: Any = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
    "core": {"mock_credentials": False},  # otherwise every handler would get moto's keys
    "iam": {"load_aws_managed_policies": False},
}


@contextmanager
def operator_environment() -> Iterator[None]:
    """Act as the operator of the account, in UTC. The environment is restored afterwards."""
    before = {name: os.environ.get(name) for name in (*_ENVIRONMENT, *_REMOVED)}
    _set(dict.fromkeys(_REMOVED) | _ENVIRONMENT)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    time.tzset()


@functools.cache
def _service_models() -> dict[Any, Any]:
    """Return the data files that botocore has read, for all sessions of this process."""
    return {}


def share_service_models(hooks: Hooks) -> None:
    """Read each service's model once. botocore reads it for every session, in 0.1 s each."""
    create = botocore.session.create_loader

    def create_loader(search_path_string: str | None = None) -> Any:
        loader: Any = create(search_path_string)
        if search_path_string is None:
            loader._cache = _service_models()  # noqa: SLF001  # no public place
        return loader

    hooks.set(botocore.session, "create_loader", create_loader)


@contextmanager
def moto_running() -> Iterator[None]:
    """Run moto. All hooks must be set before."""
    with mock_aws(config=_SETTINGS):
        yield


@contextmanager
def server() -> Iterator[str]:
    """Serve moto's backends to other processes. Yield the server's URL."""
    logger = logging.getLogger("werkzeug")
    level = logger.level
    logger.setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        moto.stop()
        logger.setLevel(level)
