"""Application Auto Scaling in memory: scalable targets and their suspensions."""

from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.domain.kinds.endpoint import ScaleIn
from tests.fakes.fleets import Change
from tests.fakes.wire import Wire


@dataclass
class Target:
    """A scalable target: its capacities, and what is suspended."""

    least: int = 1
    most: int = 9
    scale_in: bool = False
    scale_out: bool = False
    scheduled: bool = False


@dataclass
class FakeScaling:
    """Scalable targets by endpoint and variant. `rules` may object to a change by raising."""

    wire: Wire = field(default_factory=Wire)
    targets: dict[tuple[str, str], Target] = field(default_factory=dict)
    rules: list[Callable[[Change], None]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def register(self, endpoint: str, variant: str = "live", *, suspended: bool = False) -> Target:
        """Somebody registers a variant."""
        target = self.targets[endpoint, variant] = Target(scale_in=suspended)
        return target

    def scale_in(self, endpoint: str, variant: str) -> ScaleIn | None:
        found = self.wire("scaling.describe", lambda: self.targets.get((endpoint, variant)))
        if found is None:
            return None
        return "suspended" if found.scale_in else "on"

    def suspend(self, endpoint: str, variant: str) -> None:
        self._set(endpoint, variant, suspended=True)

    def resume(self, endpoint: str, variant: str) -> None:
        self._set(endpoint, variant, suspended=False)

    def _set(self, endpoint: str, variant: str, *, suspended: bool) -> None:
        shown = self.scale_in(endpoint, variant)
        if shown is not None and (shown == "suspended") is not suspended:
            call = "suspend" if suspended else "resume"
            self.wire(
                f"scaling.{call}", lambda: self._take(endpoint, variant, suspended), writes=True
            )

    def _take(self, endpoint: str, variant: str, suspended: bool) -> None:
        if self.faults:
            raise self.faults.pop(0)
        for rule in self.rules:
            rule(Change("suspend" if suspended else "resume", endpoint, variant, None))
        if found := self.targets.get((endpoint, variant)):
            found.scale_in = suspended
