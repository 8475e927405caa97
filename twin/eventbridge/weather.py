"""Faults of service events for tests: loss, repetition, delay and other forms.

AWS: SageMaker and Step Functions events are best effort. Repeated ones have new ids, and no order
is guaranteed (facts 1.1).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twin.eventbridge.event_forms import Forms

Delays = list[float]


@dataclass
class _Fault:
    source: str
    detail_type: str
    where: Callable[[Mapping[str, Any]], bool]
    change: Callable[[Delays], Delays]
    left: int | None

    def strikes(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> bool:
        named = self.source in ("*", source) and self.detail_type in ("*", detail_type)
        return self.left != 0 and named and self.where(detail)


class Weather:
    """The planned faults, by source and detail-type ("*" for any) and a test of the detail."""

    def __init__(self) -> None:
        self.forms = Forms()
        """The forms of absent values and times in events about packages."""
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()

    def drop(
        self,
        source: str,
        detail_type: str = "*",
        *,
        where: Callable[[Mapping[str, Any]], bool] = lambda _: True,
        times: int | None = None,
    ) -> None:
        """Lose the next `times` events, or all."""
        self._faults.append(_Fault(source, detail_type, where, lambda _: [], times))

    def duplicate(
        self,
        source: str,
        detail_type: str = "*",
        *,
        copies: int = 1,
        seconds_apart: float = 1.0,
        where: Callable[[Mapping[str, Any]], bool] = lambda _: True,
        times: int | None = None,
    ) -> None:
        """Send every event again, `copies` times."""

        def change(delays: Delays) -> Delays:
            more = [each + n * seconds_apart for each in delays for n in range(1, copies + 1)]
            return delays + more

        self._faults.append(_Fault(source, detail_type, where, change, times))

    def delay(
        self,
        source: str,
        detail_type: str = "*",
        *,
        seconds: float,
        where: Callable[[Mapping[str, Any]], bool] = lambda _: True,
        times: int | None = None,
    ) -> None:
        """Send events late."""

        def change(delays: Delays) -> Delays:
            return [each + seconds for each in delays]

        self._faults.append(_Fault(source, detail_type, where, change, times))

    def clear(self) -> None:
        """End all faults."""
        self.forms = Forms()
        with self._lock:
            self._faults.clear()

    def delays(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> Delays:
        """Return the delays in seconds of the event's copies. Without faults it is [0.0]."""
        delays = [0.0]
        with self._lock:
            for fault in self._faults:
                if fault.strikes(source, detail_type, detail):
                    delays = fault.change(delays)
                    fault.left = None if fault.left is None else fault.left - 1
        return delays
