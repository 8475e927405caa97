"""The archive of judged minutes, in memory."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.domain.errors import NotKept, PenstockError
from penstock.domain.judging.counts import Minute
from penstock.domain.judging.transcript import Transcript, continued
from tests.fakes.wire import Wire


@dataclass
class FakeArchive:
    """Archive; `closed` takes nothing. Each minute is kept as JSON has it."""

    closed: bool = False
    kept: dict[tuple[str, str, str], Transcript] = field(default_factory=dict)
    noted: dict[tuple[str, str, str], str] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)

    def read_note(self, endpoint: str, release: str, name: str) -> Mapping[str, Any]:
        try:
            return self.wire("archive.read_note", lambda: self._read_note(endpoint, release, name))
        except PenstockError as error:
            raise NotKept(str(error)) from error

    def _read_note(self, endpoint: str, release: str, name: str) -> Mapping[str, Any]:
        if self.closed or (endpoint, release, name) not in self.noted:
            raise NotKept("there is nothing")
        found: Mapping[str, Any] = json.loads(self.noted[endpoint, release, name])
        return found

    def note(self, endpoint: str, release: str, name: str, document: Mapping[str, Any]) -> str:
        try:
            return self.wire("archive.note", lambda: self._note(endpoint, release, name, document))
        except PenstockError as error:
            raise NotKept(str(error)) from error

    def _note(self, endpoint: str, release: str, name: str, document: Mapping[str, Any]) -> str:
        if self.closed:
            raise NotKept("the bucket is gone")
        self.noted[endpoint, release, name] = json.dumps(document)
        return f"memory://{endpoint}/{release}/{name}"

    def add(
        self,
        endpoint: str,
        release: str,
        minutes: Sequence[Minute],
        *,
        more: bool,
        name: str = "minutes",
    ) -> str:
        place = endpoint, release, name
        try:
            return self.wire("archive.add", lambda: self._add(place, minutes, more=more))
        except PenstockError as error:
            raise NotKept(str(error)) from error

    def _add(self, place: tuple[str, str, str], minutes: Sequence[Minute], *, more: bool) -> str:
        if self.closed:
            raise NotKept("the bucket is gone")
        before = self.kept.get(place, Transcript()) if more else Transcript()
        new = json.loads(json.dumps(continued(Transcript(), minutes)))["minutes"]
        old = continued(before, minutes)["minutes"][: -len(new)]
        self.kept[place] = {"minutes": [*old, *new]}
        return f"memory://{'/'.join(place)}"

    def transcript(self, endpoint: str, release: str, name: str = "minutes") -> Transcript:
        """What is kept of a release."""
        return copy.deepcopy(self.kept.get((endpoint, release, name), Transcript()))
