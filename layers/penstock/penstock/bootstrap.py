"""The composition root, which alone reads the environment and creates clients.

`penstock.wiring` has one module per function, so that a function imports only its own parts.
"""

import os
import time
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.loaders import Loader
from botocore.session import Session

from penstock.environment import Environment, read_environment

if TYPE_CHECKING:
    from penstock.adapters.stack_settings import StackSettings

ACTING = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1})
"""For calls inside a lock: no retries and short waits, so that none outlives its lock (A1)."""
ASKING = Config(
    connect_timeout=3, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 5}
)
"""For everything else: five tries and their pauses are over before a function's 60 seconds are,
also where a service hangs; what then has no answer is asked again by the next task.
"""
HURRYING = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 4}
)
"""For the look inside the lock of a rollback, which must not wait behind others' throttled calls.

It may be repeated, because it changes nothing, and is over in half of the function's 60 seconds.
"""
WAITING = Config(connect_timeout=5, read_timeout=40, retries={"total_max_attempts": 1})
"""For a function's answer; a state machine's own retries ask again."""
SETTLING = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 2})
"""For the settings: trouble with them costs who needs them seconds at most, and then it waits."""


@cache
def answering_within(seconds: int) -> Config:
    """Return the configuration for a model that is to answer within so many seconds.

    The task that asks has its own tries, with pauses between them.
    """
    return Config(connect_timeout=5, read_timeout=seconds, retries={"total_max_attempts": 1})


DESCRIPTIONS = Path(__file__).parent / "descriptions"
"""The calls that adapters make (`make descriptions`), before botocore's own, which has all."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Descriptions(Loader):
    """Ours first. botocore's own loader looks through every service that there is, twice."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # as botocore has it
        """Those that are described, whatever is asked of them."""
        return [folder.name for folder in DESCRIPTIONS.iterdir() if folder.is_dir()]


READ_SINCE = (1, 40)
"""An older botocore does not know all that our descriptions name; 1.35 fails at a protocol."""


@cache
def loader(version: str = botocore_version) -> Loader:
    """Return what finds descriptions: ours, or botocore's own where this botocore is too old."""
    major, minor, *_ = map(int, version.split("."))
    return Descriptions([str(DESCRIPTIONS)]) if (major, minor) >= READ_SINCE else Loader()


def _session() -> Session:
    """Lambda hands credentials over in the environment; other places are not prepared for."""
    session = Session()
    session.register_component("data_loader", loader())
    session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


class LateClient:
    """A client that is created at its first call, because an invocation needs few of them."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _client(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        """A call's method, or a paginator."""
        return getattr(self._client, name)


class World:
    """What every function has: its environment, a clock, and clients that stay while it is warm."""

    def __init__(self) -> None:
        self._session = _session()
        self.clock = SystemClock()
        self.client = cache(self._made)
        self.settings: StackSettings | None = None
        """Those of a function that needs the stack's settings (`penstock.wiring.settings`)."""

    def begin(self) -> None:
        """Begin an invocation: who needs the stack's settings reads them again."""
        if self.settings:
            self.settings.forget()

    def log_level(self) -> str | None:
        """What the settings say, if this invocation has read them."""
        known = self.settings.known if self.settings else None
        return known.log_level if known else None

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    @cached_property
    def environment(self) -> Environment:
        """The names of what the template makes."""
        return read_environment(os.environ)

    def _made(self, service: str, config: Config = ASKING) -> Any:
        make: Any = self._session.create_client  # its stub knows names as literals only
        return LateClient(lambda: make(service, config=config))
