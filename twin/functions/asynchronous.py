"""Lambda's asynchronous invocations, with retries, age limits and destinations."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from twin.clock.clock import current
from twin.core.hooks import NotSupportedByTwin
from twin.functions.invocations import Outcome

Config = Mapping[str, Any]
# AWS: there are two retries, after one and then two minutes (facts 6).
_RETRY_SECONDS = (60, 120)
_OLDEST_SECONDS = 21_600
_SHORTEST_THROTTLE_SECONDS, _LONGEST_THROTTLE_SECONDS = 1, 300
_DESTINATIONS = {"sqs": ("sqs", "send_message"), "sns": ("sns", "publish")}


@dataclass
class Event:
    """An event in Lambda's asynchronous queue."""

    target: Any
    """The function, from which `run` finds its code."""
    function_arn: str
    version: str
    role: str
    request_id: str
    body: bytes
    config: Config
    arrived: float
    tries: int = 0
    throttles: int = 0
    outcome: Outcome | None = None

    @property
    def oldest(self) -> float:
        """The time at which the event is given up."""
        return self.arrived + int(self.config.get("MaximumEventAgeInSeconds", _OLDEST_SECONDS))

    @property
    def retries(self) -> int:
        return int(self.config.get("MaximumRetryAttempts", len(_RETRY_SECONDS)))


class Throttled(Exception):  # an outcome, not an error
    """All concurrency of the function is in use."""


@dataclass
class Queue:
    """Lambda's asynchronous queue.

    `run` invokes a function once. `client_for` returns a client with a function's role.
    """

    run: Callable[[Event], Outcome]
    client_for: Callable[[str, str], Any]
    never_runs: Callable[[Event], bool]
    on_lost: Callable[[Event], None]
    undelivered: list[tuple[Event, str]] = field(default_factory=list)
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def open(self) -> int:
        """The number of accepted events that are neither done nor given up."""
        return self._open

    def accept(self, event: Event) -> None:
        """Accept an event and return at once. The event runs soon after."""
        self._count(1)
        if self.never_runs(event):  # AWS: reserved concurrency 0 goes straight to the destination
            self._soon(event, lambda: self._give_up(event, "ZeroReservedConcurrency"))
        else:
            self._soon(event, lambda: self._attempt(event))

    def _count(self, step: int) -> None:
        with self._lock:
            self._open += step

    def _soon(self, event: Event, action: Callable[[], None]) -> None:
        current().call_soon(action, f"invoke {event.function_arn}")

    def _attempt(self, event: Event) -> None:
        try:
            event.outcome = self.run(event)
        except Throttled:
            self._later(event, self._throttle_delay(event))
            return
        event.tries += 1
        if not event.outcome.function_error:
            self._end(event, "OnSuccess", "Success")
        elif event.tries > event.retries:
            self._give_up(event, "RetriesExhausted")
        else:
            self._later(event, _RETRY_SECONDS[event.tries - 1])

    def _throttle_delay(self, event: Event) -> float:
        event.throttles += 1
        doubled = _SHORTEST_THROTTLE_SECONDS << (event.throttles - 1)
        return min(_LONGEST_THROTTLE_SECONDS, doubled)

    def _later(self, event: Event, delay: float) -> None:
        at = current().now() + delay
        if at > event.oldest:
            self._give_up(event, "EventAgeExceeded")
        else:
            current().call_at(at, lambda: self._attempt(event), f"retry {event.function_arn}")

    def _give_up(self, event: Event, condition: str) -> None:
        self._end(event, "OnFailure", condition)

    def _end(self, event: Event, kind: str, condition: str) -> None:
        try:
            destinations = event.config.get("DestinationConfig", {})
            destination = destinations.get(kind, {}).get("Destination")
            if destination:
                self._deliver(event, destination, json.dumps(_record(event, condition)))
        finally:
            self._count(-1)

    def _deliver(self, event: Event, destination: str, message: str) -> None:
        service, operation = _DESTINATIONS[destination.split(":")[2]]
        client = self.client_for(event.role, service)
        try:
            getattr(client, operation)(**_delivery(client, service, destination, message))
        except client.exceptions.ClientError as error:
            # AWS: counted as DestinationDeliveryFailures, the event is lost.
            self.undelivered.append((event, str(error)))
            self.on_lost(event)


def _delivery(client: Any, service: str, destination: str, message: str) -> dict[str, str]:
    if service == "sns":
        return {"TopicArn": destination, "Message": message}
    *_, account, name = destination.split(":")
    host = f"https://sqs.{client.meta.region_name}.amazonaws.com"
    return {"QueueUrl": f"{host}/{account}/{name}", "MessageBody": message}


def check(config: Config) -> None:
    """Refuse destinations that the twin cannot deliver to."""
    for destination in config.get("DestinationConfig", {}).values():
        arn = destination.get("Destination", "")
        if arn and arn.split(":")[2] not in _DESTINATIONS:
            raise NotSupportedByTwin(f"a Lambda destination other than SQS and SNS: {arn}")


def _record(event: Event, condition: str) -> dict[str, Any]:
    """Return the invocation record, as Lambda documents it."""
    moment = datetime.fromtimestamp(current().now(), UTC)
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": event.function_arn,
            "condition": condition,
            "approximateInvokeCount": event.tries,
        },
        "requestPayload": json.loads(event.body),
    }
    if event.outcome:
        error = {"functionError": event.outcome.function_error}
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": event.version,
            **(error if event.outcome.function_error else {}),
        }
        record["responsePayload"] = json.loads(event.outcome.payload)
    return record
