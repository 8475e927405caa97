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
    kept: dict[tuple[str, str], Transcript] = field(default_factory=dict)
    noted: dict[tuple[str, str, str], str] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)

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

    def add(self, endpoint: str, release: str, minutes: Sequence[Minute], *, more: bool) -> str:
        try:
            return self.wire(
                "archive.add", lambda: self._add(endpoint, release, minutes, more=more)
            )
        except PenstockError as error:
            raise NotKept(str(error)) from error

    def _add(self, endpoint: str, release: str, minutes: Sequence[Minute], *, more: bool) -> str:
        if self.closed:
            raise NotKept("the bucket is gone")
        before = self.kept.get((endpoint, release), Transcript()) if more else Transcript()
        new = json.loads(json.dumps(continued(Transcript(), minutes)))["minutes"]
        old = continued(before, minutes)["minutes"][: -len(new)]
        self.kept[endpoint, release] = {"minutes": [*old, *new]}
        return f"memory://{endpoint}/{release}"

    def transcript(self, endpoint: str, release: str) -> Transcript:
        """What is kept of a release."""
        return copy.deepcopy(self.kept.get((endpoint, release), Transcript()))
