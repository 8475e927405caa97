"""Brakes of deployments, in memory."""

from collections.abc import Callable

from penstock.domain.planning.brake import brake_name, where
from tests.fakes.alarms import FakeAlarms
from tests.fakes.fleets import Change
from tests.fakes.wire import Wire


class FakeBrakes:
    """A pull fires the alarm that is about this deployment, if there is one."""

    def __init__(self, alarms: FakeAlarms, wire: Wire | None = None) -> None:
        self.alarms = alarms
        self.wire = wire or Wire()
        self.rules: list[Callable[[Change], None]] = []
        self.pulled: list[tuple[str, str]] = []

    def pull(self, endpoint: str, config: str) -> None:
        self.wire("brakes.pull", lambda: self._pull(endpoint, config), writes=True)

    def _pull(self, endpoint: str, config: str) -> None:
        self.pulled.append((endpoint, config))
        for rule in self.rules:
            rule(Change("brake", endpoint, config, None))
        check = self.alarms.checks.get(brake_name(endpoint))
        if check and dict(check.series["pulled"].dimensions) == where(endpoint, config):
            self.alarms.put(check.name, "ALARM")
