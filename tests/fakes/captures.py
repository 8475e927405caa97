"""Files of data capture, in memory."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from penstock.domain.errors import PenstockError
from penstock.domain.moments import MINUTE_MS, iso
from penstock.ports.captures import CapturedLines
from tests.fakes.wire import Wire

Answering = Callable[[str, str, int], Sequence[tuple[str | None, str]]]
"""What a variant of an endpoint answers in a minute (since 1970): InferenceIds and texts."""


class File(NamedTuple):
    """One file: its folder (endpoint, variant), and when it was delivered, in ms."""

    endpoint: str
    variant: str
    written: int
    lines: tuple[str, ...]


def nobody(_endpoint: str, _variant: str, _minute: int) -> Sequence[tuple[str | None, str]]:
    """Nobody is answered, or nothing is captured of it."""
    return ()


@dataclass(frozen=True)
class Alike:
    """So many callers a minute, each with a name; the `odd` variant answers each of them with 1
    instead of 0.
    """

    callers: int = 20
    odd: str | None = None

    def __call__(
        self, _endpoint: str, variant: str, minute: int
    ) -> Sequence[tuple[str | None, str]]:
        text = "1" if variant == self.odd else "0"
        return [(f"{minute}-{n}", text) for n in range(self.callers)]


@dataclass
class FakeCaptures:
    """Captures. `always` tells what is answered in every minute; its file comes `late` minutes
    later. `files` come besides. `most` files are read at once, and `error` is raised instead.
    """

    wire: Wire = field(default_factory=Wire)
    always: Answering = nobody
    late: int = 3
    most: int = 60
    error: PenstockError | None = None
    files: list[File] = field(default_factory=list)

    def read(
        self, s3_uri: str, endpoint: str, variant: str, first: int, until: int
    ) -> CapturedLines:
        return self.wire("captures.read", lambda: self._read(endpoint, variant, first, until))

    def _read(self, endpoint: str, variant: str, first: int, until: int) -> CapturedLines:
        if self.error:
            raise self.error
        every = [*self.files, *self._answered(endpoint, variant, first, until)]
        there = [f for f in every if (f.endpoint, f.variant) == (endpoint, variant)]
        new = sorted(f for f in there if first <= f.written <= until)
        lines = [line for file in new[: self.most] for line in file.lines]
        return CapturedLines(lines, len(new) <= self.most)

    def _answered(self, endpoint: str, variant: str, first: int, until: int) -> Iterator[File]:
        for minute in range(first // MINUTE_MS - self.late, until // MINUTE_MS - self.late):
            lines = tuple(
                captured(text, name, minute * MINUTE_MS)
                for name, text in self.always(endpoint, variant, minute)
            )
            yield File(endpoint, variant, (minute + 1 + self.late) * MINUTE_MS, lines)


def captured(
    text: str, inference_id: str | None, at: int, encoding: str = "CSV", *, output: bool = True
) -> str:
    """A line as SageMaker writes it."""
    side = {"observedContentType": "text/csv", "data": text, "encoding": encoding}
    name = {"inferenceId": inference_id} if inference_id else {}
    return json.dumps(
        {
            "captureData": {"endpointOutput": {**side, "mode": "OUTPUT"}} if output else {},
            "eventMetadata": {"eventId": "e", **name, "inferenceTime": iso(at)},
            "eventVersion": "0",
        }
    )
