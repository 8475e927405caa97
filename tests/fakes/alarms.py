"""CloudWatch alarms in memory."""

from collections.abc import Mapping

from penstock.domain.judging.judgement import AlarmState, AlarmValue
from penstock.domain.planning.check import Check
from tests.fakes.clock import FakeClock
from tests.fakes.wire import Wire


class FakeAlarms:
    """Alarms; a new one knows nothing yet, as on AWS. `calm` makes new ones OK at once."""

    def __init__(self, clock: FakeClock, wire: Wire | None = None, *, calm: bool = False) -> None:
        self.wire = wire or Wire()
        self.checks: dict[str, Check] = {}
        self._clock = clock
        self._calm = calm
        self._states: dict[str, AlarmState] = {}

    def put(self, name: str, value: AlarmValue = "OK") -> None:
        """The alarm `name` is in this state from now on (since before, if it was already)."""
        before = self._states.get(name)
        if before is None or before.value != value:
            self._states[name] = AlarmState(value=value, since=self._clock.now())

    def fires(self, name: str) -> int | None:
        """Since when an alarm fires (ms), as SageMaker sees it; None: it does not."""
        state = self._states.get(name)
        return state.since if state and state.value == "ALARM" else None

    @property
    def names(self) -> set[str]:
        return set(self._states)

    def states(self, names: tuple[str, ...]) -> Mapping[str, AlarmState]:
        return self.wire(
            "alarms.states", lambda: {n: self._states[n] for n in names if n in self._states}
        )

    def renew(
        self, checks: tuple[Check, ...], tags: Mapping[str, str], left: tuple[str, ...] = ()
    ) -> None:
        new = [check for check in checks if not self._fits(check)]
        fit = {check.name for check in checks} - {check.name for check in new}
        self.remove(tuple(name for name in (*(c.name for c in new), *left) if name not in fit))
        for check in new:
            self.wire("alarms.put", lambda check=check: self._put(check), writes=True)  # type: ignore[misc]  # mypy cannot infer a default

    def _fits(self, check: Check) -> bool:
        state = self._states.get(check.name)
        return self.checks.get(check.name) == check and state is not None and state.value != "ALARM"

    def remove(self, names: tuple[str, ...]) -> None:
        if there := [name for name in names if name in self._states]:
            self.wire("alarms.delete", lambda: self._delete(there), writes=True)

    def _put(self, check: Check) -> None:
        self.checks[check.name] = check
        self.put(check.name, "OK" if self._calm else "INSUFFICIENT_DATA")

    def _delete(self, names: list[str]) -> None:
        for name in names:
            self._states.pop(name, None)
            self.checks.pop(name, None)
