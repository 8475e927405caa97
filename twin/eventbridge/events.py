"""EventBridge: the default bus, its rules and schedules, and the events of AWS services."""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule, events_backends

from twin.core.account import ACCOUNT, REGION, Clock
from twin.core.hooks import Hooks, NotSupportedByTwin
from twin.eventbridge.event_delivery import Credentials, Delivery, Lost, Parcel
from twin.eventbridge.event_input import InvalidInput, Origin, Shape, compile_input
from twin.eventbridge.event_pattern import InvalidPattern, Test, compile_pattern
from twin.eventbridge.schedule import InvalidSchedule, period_of
from twin.eventbridge.weather import Weather

Event = dict[str, Any]

NOT_ENFORCED = (
    "EventBridge: throttling, delays and disorder of events, unless a test enables them. The "
    "back-off between retries is invented.",
    "EventBridge: the exact content of a dead letter. Here it is the event that matched.",
)
_TARGET_FIELDS = {
    "Arn",
    "DeadLetterConfig",
    "Id",
    "Input",
    "InputPath",
    "InputTransformer",
    "RetryPolicy",
    "RoleArn",
}
_MOST_TARGETS = 5
# AWS: the entries of one PutEvents call together (facts 1.1).
_MOST_BYTES = 1024 * 1024
_MOST_ENTRIES = 10


class Events:
    """The event bus of the twin, with the published events and the undeliverable ones."""

    def __init__(self, clock: Clock, credentials: Credentials | None = None) -> None:
        """`credentials` returns the session keys of a role that a service may assume.

        Without it, the roles of rules are not checked.
        """
        self.weather = Weather()
        self.published: list[Event] = []
        self._clock = clock
        self._delivery = Delivery(clock, credentials)
        self._lock = threading.Lock()

    @property
    def lost(self) -> Sequence[Lost]:
        """The events that reached neither their target nor a dead-letter queue."""
        return tuple(self._delivery.lost)

    def throttle(self, arn_part: str, times: int) -> None:
        """Throttle the next `times` deliveries to a target whose ARN contains `arn_part`."""
        left = iter(range(times))

        def refuses(arn: str) -> bool:
            return arn_part in arn and next(left, None) is not None

        self._delivery.throttles.append(refuses)

    def emit(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]
    ) -> None:
        """Publish a service's event on the default bus. The weather decides how it arrives."""
        said = self.weather.forms.of(detail_type, json.loads(json.dumps(detail)))
        for delay in self.weather.delays(source, detail_type, said):
            event = self._envelope(source, detail_type, said, resources)
            self._publish_at(self._clock.now() + delay, event)

    def _publish_at(self, at: float, event: Event) -> None:
        name = f"event {event['detail-type']}"
        self._clock.call_at(at, lambda: self.publish(event), name)

    def publish(self, event: Event, bus: str = "default") -> None:
        """Publish an event on a bus. Every enabled rule that matches sends it to its targets."""
        with self._lock:
            self.published.append(event)
        for rule in list(events_backends[ACCOUNT][REGION].event_buses[bus].rules.values()):
            if rule.state == "ENABLED" and _matches(rule, event):
                self._send(rule, event)

    def _send(self, rule: Rule, event: Event) -> None:
        now = self._clock.now()
        origin = Origin(rule.name, rule.arn, _timestamp(now))
        for target in list(rule.targets):
            payload = _shape(json.dumps(target))(event, origin)
            self._delivery.send(Parcel(event, payload, target, rule.arn, now))

    def _envelope(
        self, source: str, detail_type: str, detail: Any, resources: Sequence[str]
    ) -> Event:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": _timestamp(self._clock.now()),
            "region": REGION,
            "resources": list(resources),
            "detail": detail,
        }

    def install(self, hooks: Hooks) -> None:
        """Replace moto's bus: PutEvents, PutRule and PutTargets."""
        put_rule, put_targets = EventsBackend.put_rule, EventsBackend.put_targets

        def checked_put_rule(backend: EventsBackend, name: str, **fields: Any) -> Rule:
            period = _check_rule(fields)
            rule: Rule = put_rule(backend, name, **fields)
            if period is not None:
                self._schedule(backend, rule, period)
            return rule

        def checked_put_targets(
            backend: EventsBackend, name: str, event_bus_arn: str | None, targets: Any
        ) -> None:
            _check_targets(backend, name, event_bus_arn, targets)
            put_targets(backend, name, event_bus_arn, targets)

        def put_events(backend: EventsBackend, events: Sequence[Mapping[str, Any]]) -> Any:
            return self._put_events(backend, events)

        hooks.set(EventsBackend, "put_rule", checked_put_rule)
        hooks.set(EventsBackend, "put_targets", checked_put_targets)
        hooks.set(EventsBackend, "put_events", put_events)
        hooks.set(Rule, "send_to_targets", _no_other_way)

    def _put_events(
        self, backend: EventsBackend, entries: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, str]]:
        size = sum(_size(entry) for entry in entries)
        if len(entries) > _MOST_ENTRIES or size >= _MOST_BYTES:
            raise ValidationException(f"{len(entries)} entries of {size} bytes are too large")
        return [self._put_entry(backend, entry) for entry in entries]

    def _put_entry(self, backend: EventsBackend, entry: Mapping[str, Any]) -> dict[str, str]:
        refusal = _refusal(entry)
        if refusal is not None:
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        bus = str(entry.get("EventBusName", "default")).split("/")[-1]
        backend.describe_event_bus(bus)
        event = self._envelope(
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            entry.get("Resources", []),
        )
        if entry.get("Time") is not None:
            event["time"] = _timestamp(float(entry["Time"]))
        self.publish(event, bus)
        return {"EventId": event["id"]}

    def _schedule(self, backend: EventsBackend, rule: Rule, period: int) -> None:
        """Fire every `period` seconds, for the first time one period after the rule's creation."""

        def fire() -> None:
            if backend.event_buses["default"].rules.get(rule.name) is not rule:
                return  # deleted or replaced
            if rule.state == "ENABLED":
                self._fire(rule)
            self._schedule(backend, rule, period)

        self._clock.call_at(self._clock.now() + period, fire, f"schedule {rule.name}")

    def _fire(self, rule: Rule) -> None:
        event = self._envelope("aws.events", "Scheduled Event", {}, [rule.arn])
        with self._lock:
            self.published.append(event)
        self._send(rule, event)


def _timestamp(at: float) -> str:
    """AWS: event times have a resolution of a second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _matches(rule: Rule, event: Event) -> bool:
    text = rule.event_pattern.dump()
    return text is not None and _pattern(text)(event)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> Test:
    return compile_pattern(json.loads(text))


@lru_cache(maxsize=1024)
def _shape(target: str) -> Shape:
    return compile_input(json.loads(target))


def _check_rule(fields: Mapping[str, Any]) -> int | None:
    """Refuse what EventBridge refuses. Return the period of a schedule in seconds."""
    pattern, schedule = fields.get("event_pattern"), fields.get("scheduled_expression")
    if pattern:
        try:
            _pattern(pattern)
        except (InvalidPattern, ValueError) as error:
            raise InvalidEventPatternException(reason=str(error)) from error
    if not schedule:
        return None
    try:
        return period_of(schedule)
    except InvalidSchedule as error:
        raise ValidationException(str(error)) from error


def _check_targets(
    backend: EventsBackend, name: str, bus: str | None, targets: Sequence[Mapping[str, Any]]
) -> None:
    rule = backend.describe_rule(name, bus)
    ids = {target["Id"] for target in [*rule.targets, *targets]}
    if len(ids) > _MOST_TARGETS:
        raise ValidationException(f"a rule has at most {_MOST_TARGETS} targets")
    for target in targets:
        _check_target(target)


def _check_target(target: Mapping[str, Any]) -> None:
    unknown = sorted(set(target) - _TARGET_FIELDS)
    service = target["Arn"].split(":")[2]
    if unknown or service not in ("lambda", "sqs", "states"):
        raise NotSupportedByTwin(f"the target {target['Arn']} {' '.join(unknown)}")
    if service == "states" and "RoleArn" not in target:
        raise ValidationException(f"RoleArn is required for target {target['Id']}.")
    try:
        _shape(json.dumps(target))
    except InvalidInput as error:
        raise ValidationException(str(error)) from error


def _size(entry: Mapping[str, Any]) -> int:
    """AWS: the size is 14 bytes for Time plus the UTF-8 lengths of the strings."""
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    stamp = 14 if entry.get("Time") is not None else 0
    return stamp + sum(len(text.encode()) for text in [*texts, *entry.get("Resources", [])])


_NEEDED: Sequence[str] = ("Source", "DetailType", "Detail")


def _refusal(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why one entry is refused. The call itself succeeds (facts 1.1)."""
    for reason in _refusals(entry):
        return reason
    return None


def _refusals(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _NEEDED:
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            yield "InvalidArgument", text
            return
    if entry["Source"].startswith("aws."):
        yield "NotAuthorizedForSourceException", "Not authorized for the source."
    if len(entry["DetailType"]) > 128:  # noqa: PLR2004  # AWS's limit
        yield "InvalidArgument", "Parameter DetailType is not valid."
    if not _is_object(entry["Detail"]):
        yield "MalformedDetail", "Detail is malformed."


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _no_other_way(rule: Rule, *_: object) -> None:
    """Refuse archives and replays, which the twin does not have."""
    raise NotSupportedByTwin(f"sending to the targets of {rule.name} past the event bus")
