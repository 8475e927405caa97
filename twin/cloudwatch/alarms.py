"""CloudWatch metric alarms: stores them, evaluates them every minute and publishes changes."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from moto.cloudwatch.exceptions import ResourceNotFound
from moto.core.exceptions import ServiceException

from twin.cloudwatch.alarm_events import (
    AlarmState,
    Sighting,
    configuration_change,
    initial,
    judged,
    message,
    state_change,
    subject,
)
from twin.cloudwatch.alarm_history import History, Item, transition
from twin.cloudwatch.alarm_judgement import State, judge
from twin.cloudwatch.alarm_spec import AlarmSpec, read_alarm
from twin.cloudwatch.metric_queries import Evaluation, MetricStat
from twin.cloudwatch.metric_store import MINUTE, MetricStore, Window
from twin.core.account import Emit

_SOURCE = "aws.cloudwatch"


class Notify(Protocol):
    """Publishes to an SNS topic on behalf of CloudWatch."""

    def __call__(self, topic: str, subject: str, message: str) -> object: ...


class Clock(Protocol):
    """The part of the twin's clock that alarms need."""

    def now(self) -> float: ...

    def call_at(self, at: float, action: Any, name: str) -> object: ...


class Place(NamedTuple):
    """The account and region of the alarms."""

    account: str
    region: str

    def arn(self, alarm: str) -> str:
        return f"arn:aws:cloudwatch:{self.region}:{self.account}:alarm:{alarm}"


@dataclass(frozen=True)
class Alarm:
    """An alarm and its present state."""

    spec: AlarmSpec
    state: AlarmState
    configured_at: float
    transitioned_at: float


class Change(NamedTuple):
    """A transition that is not published yet."""

    spec: AlarmSpec
    before: AlarmState
    after: AlarmState


class Alarms:
    """All metric alarms of one account and region.

    AWS: alarms with a period of a minute or more are evaluated every minute. Here all are evaluated
    at the same second of the minute.
    """

    def __init__(
        self, store: MetricStore, clock: Clock, emit: Emit, notify: Notify, place: Place
    ) -> None:
        self.history = History()
        self.place = place
        self._store = store
        self._clock = clock
        self._emit = emit
        self._notify = notify
        self._lock = threading.RLock()
        self._alarms: dict[str, Alarm] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def evaluate_every_minute(self, second: float) -> None:
        """Evaluate all alarms at this second of each simulated minute from now on."""
        now = self._clock.now()
        self._schedule(now - (now - second) % MINUTE + MINUTE)

    def _schedule(self, at: float) -> None:
        self._clock.call_at(at, lambda: self._tick(at), "alarm evaluation")

    def _tick(self, at: float) -> None:
        late = max(0.0, self._clock.now() - at)
        self._schedule(at + MINUTE * (late // MINUTE + 1))
        self.evaluate()

    def evaluate(self) -> None:
        """Evaluate all alarms now."""
        now = self._clock.now()
        with self._lock:
            looks = [(alarm, self._look(alarm.spec, now)) for alarm in self._alarms.values()]
            changes = [self._judge(alarm, sighting) for alarm, sighting in looks]
        self._announce([change for change in changes if change is not None])

    def _look(self, spec: AlarmSpec, now: float) -> Sighting:
        """AWS: the window slides by the minute and ends with the last full one (facts 4.4)."""
        end = int(now // MINUTE) * MINUTE
        window = Window(end - spec.range * spec.period, end, now)
        points = Evaluation(spec.queries, self._store, window).points(spec.watched.id)
        starts = window.starts(spec.period)
        return Sighting(now, starts, [points.get(start) for start in starts])

    def _judge(self, alarm: Alarm, sighting: Sighting) -> Change | None:
        spec = alarm.spec
        if self._has_too_few_samples(spec, sighting):
            return None
        points = [None if value is None else spec.breaches(value) for value in sighting.values]
        value = judge(points, spec.rule)
        if value is None or value == alarm.state.value:
            return None
        return self._enter(alarm, judged(spec, value, alarm.state.value, sighting))

    def _has_too_few_samples(self, spec: AlarmSpec, sighting: Sighting) -> bool:
        if not spec.low_sample_limit or not isinstance(spec.watched.source, MetricStat):
            return False
        series, period, _, _, unit = spec.watched.source
        window = Window(sighting.starts[-spec.rule.of], sighting.starts[-1] + period, sighting.at)
        found = self._store.distributions(series, period, window, unit)
        return sum(each.count for _, each in found) < spec.low_sample_limit

    def _enter(self, alarm: Alarm, after: AlarmState) -> Change | None:
        """Store a state. Return a Change only if the value changed."""
        before = alarm.state
        changed = before.value != after.value
        since = after.at if changed else alarm.transitioned_at
        self._alarms[alarm.spec.name] = replace(alarm, state=after, transitioned_at=since)
        if not changed:
            return None
        self.history.add(transition(alarm.spec.name, before, after))
        return Change(alarm.spec, before, after)

    def _announce(self, changes: Sequence[Change]) -> None:
        """AWS: the event is always published, but actions run only if enabled (facts 1.8)."""
        for change in changes:
            detail = state_change(*change)
            arn = self.place.arn(change.spec.name)
            self._emit(_SOURCE, "CloudWatch Alarm State Change", detail, [arn])
            if change.spec.actions_enabled:
                self._act(change)

    def _act(self, change: Change) -> None:
        """AWS: an action that fails is recorded in the history and nowhere else."""
        spec, before, after = change
        place = {**self.place._asdict(), "arn": self.place.arn(spec.name)}
        text = message(spec, before, after, place)
        for topic in spec.actions(after.value):
            try:
                self._notify(topic, subject(spec, after, self.place.region), text)
                summary = f"Successfully executed action {topic}"
            except ServiceException as error:
                summary = f"Failed to execute action {topic}. Received error: {error.message}"
            self.history.add(Item(spec.name, after.at, "Action", summary))

    def put(self, fields: Mapping[str, Any]) -> None:
        """PutMetricAlarm. AWS: an update replaces the configuration and keeps the state."""
        spec = read_alarm(fields)
        tags = {tag["Key"]: tag["Value"] for tag in fields.get("Tags", [])}
        now = self._clock.now()
        with self._lock:
            before = self._alarms.get(spec.name)
            if before is None:
                self._alarms[spec.name] = Alarm(spec, initial(now), now, now)
                self._tags[self.place.arn(spec.name)] = tags
            else:
                self._alarms[spec.name] = replace(before, spec=spec, configured_at=now)
            alarm = self._alarms[spec.name]
        if before is None:
            self._configured("create", alarm, None)
        else:
            self._configured("update", alarm, before.spec)

    def _configured(self, operation: str, alarm: Alarm, before: AlarmSpec | None) -> None:
        name, now = alarm.spec.name, self._clock.now()
        self.history.add(
            Item(name, now, "ConfigurationUpdate", f'Alarm "{name}" {operation.rstrip("e")}ed')
        )
        detail = configuration_change(operation, alarm.spec, alarm.state, before, now)
        kind = "CloudWatch Alarm Configuration Change"
        self._emit(_SOURCE, kind, detail, [self.place.arn(name)])

    def delete(self, names: Sequence[str]) -> None:
        """DeleteAlarms. AWS: the existing alarms are deleted even if other names are unknown."""
        with self._lock:
            deleted = [self._alarms.pop(name) for name in names if name in self._alarms]
            for alarm in deleted:
                self._tags.pop(self.place.arn(alarm.spec.name), None)
        for alarm in deleted:
            self._configured("delete", alarm, None)
        if missing := set(names) - {alarm.spec.name for alarm in deleted}:
            raise ResourceNotFound(f"Alarms not found: {sorted(missing)}")

    def set_state(self, name: str, value: State, reason: str, reason_data: str | None) -> None:
        """SetAlarmState. AWS: actions run as for any transition. The next evaluation undoes it."""
        with self._changing(name) as alarm:
            change = self._enter(alarm, AlarmState(value, reason, reason_data, self._clock.now()))
        self._announce([] if change is None else [change])

    def enable_actions(self, names: Sequence[str], *, enabled: bool) -> None:
        """EnableAlarmActions and DisableAlarmActions."""
        for name in names:
            with self._changing(name) as alarm:
                fields = {**alarm.spec.fields, "ActionsEnabled": enabled}
                self._alarms[name] = replace(alarm, spec=replace(alarm.spec, fields=fields))

    @contextmanager
    def _changing(self, name: str) -> Iterator[Alarm]:
        with self._lock:
            if name not in self._alarms:
                raise ResourceNotFound(f"Alarm {name} not found")
            yield self._alarms[name]

    def all(self) -> list[Alarm]:
        """Return all alarms, sorted by name."""
        with self._lock:
            return [self._alarms[name] for name in sorted(self._alarms)]

    def state(self, name: str) -> State | None:
        """Return the present state of an alarm, or None if there is no such alarm."""
        with self._lock:
            found = self._alarms.get(name)
            return None if found is None else found.state.value

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of an alarm. The caller may change them."""
        if arn not in self._tags:
            raise ResourceNotFound(f"{arn} not found")
        return self._tags[arn]
