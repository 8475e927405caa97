"""The account and region of the twin's SageMaker, and what its parts share."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Protocol

from moto.sagemaker.exceptions import SagemakerClientError

ACCOUNT = "123456789012"
REGION = "eu-west-1"

Params = Mapping[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Params], Answer]


class Clock(Protocol):
    """The part of the twin's clock that SageMaker needs."""

    def now(self) -> float: ...

    def call_at(self, at: float, action: Callable[[], object], name: str) -> object: ...

    def working(self) -> AbstractContextManager[None]: ...


class Emit(Protocol):
    """Puts a service event onto the default bus."""

    def __call__(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> object: ...


class Record(Protocol):
    """Adds values to a CloudWatch metric, as a mapping of value to number of occurrences."""

    def __call__(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        values: Mapping[float, int],
        at: float,
        unit: str,
    ) -> object: ...


def refused(message: str, code: str = "ValidationException") -> SagemakerClientError:
    """Return an error answer.

    AWS: the errors for missing, duplicate and in-progress differ only in the message (facts 2.1).
    """
    return SagemakerClientError(code, message)


@dataclass(frozen=True)
class Account:
    """One account in one region. `lock` makes every operation and transition atomic."""

    clock: Clock
    emit: Emit
    lock: RLock = field(default_factory=RLock)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def arn(self, kind: str, name: str) -> str:
        """AWS: names are lower-cased in ARNs (facts 1.3)."""
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name.lower()}"

    def now(self) -> datetime:
        """Return the simulated time with the API's resolution of milliseconds."""
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def after(self, seconds: float, action: Callable[[], object], name: str) -> None:
        """Run `action` under the lock after `seconds` of simulated time."""

        def locked() -> None:
            with self.lock:
                action()

        self.clock.call_at(self.clock.now() + seconds, locked, name)

    def tag(self, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Add or overwrite tags."""
        mine = self.tags.setdefault(arn, {})
        mine.update({tag["Key"]: tag["Value"] for tag in tags})


def milliseconds(moment: datetime) -> float:
    """Return a time as in endpoint events, as a float of epoch milliseconds."""
    return moment.timestamp() * 1000
