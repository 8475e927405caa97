"""Which stop an event asks for: an alarm's, or a revocation's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from penstock.contracts import AlarmChanged
from penstock.domain.package import Home
from penstock.package_event import PackageChanged
from penstock.ports import Clock
from penstock.usecases.halt import HaltRelease

_EVENT: TypeAdapter[AlarmChanged | PackageChanged] = TypeAdapter(AlarmChanged | PackageChanged)


@dataclass(frozen=True)
class Stops:
    """Answers the events of the rules `alarm` and `revoke`."""

    halt: HaltRelease
    clock: Clock
    home: Home

    def __call__(self, document: Mapping[str, Any]) -> list[str]:
        """Halt what the event is about; answers the ids of the halted releases.

        Events of other accounts halt nothing here.

        Raises:
            pydantic.ValidationError: the event is of another source or malformed.
        """
        event = _EVENT.validate_python(document)
        if event.account not in (None, self.home.account):
            return []
        if isinstance(event, AlarmChanged):
            return self.halt.alarm(event.detail.alarm_name, event.at) if event.fires else []
        if event.detail.approval != "Rejected" or not event.concerns_approval:
            return []
        arn = event.detail.model_package_arn
        return self.halt.revoked(arn, self.clock.now(), rejected_at=event.at)
