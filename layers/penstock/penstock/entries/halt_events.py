"""Events that halt releases: an alarm's, or a revocation's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from penstock.domain.home import Home
from penstock.entries.contracts import AlarmChanged
from penstock.entries.package_event import PackageChanged
from penstock.ports.clock import Clock
from penstock.usecases.halt import HaltRelease
from penstock.usecases.revoking import RevokeServing

_EVENT: TypeAdapter[AlarmChanged | PackageChanged] = TypeAdapter(AlarmChanged | PackageChanged)


class Halted(NamedTuple):
    """The ids of the halted releases, or why the event cannot halt any."""

    halted: list[str]
    passed_over: str = ""
    serving: tuple[str, ...] = ()
    """Places that serve what was revoked, and are going to be reconciled."""


@dataclass(frozen=True)
class HaltEvents:
    """Handles the events of the rules `alarm` and `revoke`."""

    halt: HaltRelease
    serving: RevokeServing
    clock: Clock
    home: Home

    def __call__(self, document: Mapping[str, Any]) -> Halted:
        """Halt the releases that the event is about. Events of other accounts halt nothing.

        Raises:
            pydantic.ValidationError: The event is from another source or malformed.
        """
        event = _EVENT.validate_python(document)
        if event.account not in (None, self.home.account):
            return Halted([], f"the event is of account {event.account}")
        if isinstance(event, AlarmChanged):
            return self._alarm(event)
        return self._revoked(event)

    def _alarm(self, event: AlarmChanged) -> Halted:
        if not event.fires:
            return Halted([], "the alarm does not fire")
        return Halted(self.halt.alarm(event.detail.alarm_name, event.at))

    def _revoked(self, event: PackageChanged) -> Halted:
        if event.detail.approval != "Rejected" or not event.concerns_approval:
            return Halted([], "no approval was revoked")
        arn = event.detail.model_package_arn
        try:
            halted = self.halt.revoked(arn, self.clock.now(), rejected_at=event.at)
        finally:  # a damaged gate keeps nobody waiting
            serving = self.serving(arn, event.at)
        return Halted(halted, serving=tuple(serving))
