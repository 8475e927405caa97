"""Data capture: requests and answers of an endpoint, written to S3 as JSON Lines.

AWS: the layout of a line and the names of the folders are those of facts 3.8.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.s3.models import s3_backends

from twin.core.account import ACCOUNT, Account
from twin.sagemaker.capture_config import CaptureConfig, Side
from twin.sagemaker.containers import Fleet

_NAMES: dict[Side, str] = {"INPUT": "endpointInput", "OUTPUT": "endpointOutput"}
_WHOLE = 2**64


class Ticket(NamedTuple):
    """The identity of one invocation. `chance` in [0, 1) decides whether it is captured."""

    event_id: str
    chance: float


class Message(NamedTuple):
    """One side of an invocation."""

    content_type: str
    body: bytes


class Exchange(NamedTuple):
    """One invocation. `inference_id` is the caller's, and `at` has simulated epoch seconds."""

    ticket: Ticket
    asked: Message
    answered: Message
    inference_id: str | None
    failed: bool
    at: float


class _File(NamedTuple):
    """Where the lines of one delivery go."""

    bucket: str
    folder: str
    key_id: str | None
    role: str


@dataclass
class Undocumented:
    """What AWS does not document of data capture. Tests may change it.

    `delay_seconds` is the time from an invocation to its file, which AWS gives as minutes.
    `twins_share_event_id` says whether a shadow's copy has the event id of the caller's request,
    and `twins_are_sampled_together` whether both are captured or neither. `failures` says whether
    answers without 2xx are captured. `types_match_exactly` says whether the parameters of a content
    type, such as a character set, count when its encoding is chosen.
    """

    delay_seconds: float = 180.0
    twins_share_event_id: bool = False
    twins_are_sampled_together: bool = False
    failures: bool = False
    types_match_exactly: bool = False


class Capture:
    """Captures what fleets answer, if their configurations say so.

    `may_put` decides whether an execution role may write an object, given role, bucket and key.
    `undelivered` has the folders of lines that could not be written. Callers see nothing of it.
    """

    def __init__(self, account: Account) -> None:
        self.undocumented = Undocumented()
        self.may_put: Callable[[str, str, str], bool] = lambda _role, _bucket, _key: True
        self.undelivered: list[str] = []
        self._account = account
        self._full: set[Fleet] = set()
        self._lines: dict[_File, list[str]] = {}

    def fill_disks(self, *fleets: Fleet) -> None:
        """Let fleets capture nothing from now on, as with a full disk. New fleets do capture.

        AWS: capture then stops silently, and DescribeEndpoint still says Started.
        """
        self._full.update(fleets)

    def takes(self, fleet: Fleet) -> bool:
        """Return whether a fleet captures some of its invocations."""
        return fleet.capture is not None and fleet.capture.enabled and fleet not in self._full

    def ticket(self, request: str, *, is_copy: bool = False) -> Ticket:
        """Return the ticket of an invocation. `request` is unique, and a copy has the same one."""
        own = f"{request}/copy" if is_copy else request
        event = request if self.undocumented.twins_share_event_id else own
        sample = request if self.undocumented.twins_are_sampled_together else own
        digest = hashlib.blake2b(sample.encode(), digest_size=8).digest()
        event_id = str(uuid.uuid5(uuid.NAMESPACE_OID, event))
        return Ticket(event_id, int.from_bytes(digest) / _WHOLE)

    def take(self, endpoint: str, fleet: Fleet, exchange: Exchange) -> None:
        """Capture one invocation if the fleet does, and its sample has it."""
        config = fleet.capture
        if config is None or not self.takes(fleet):
            return
        if exchange.failed and not self.undocumented.failures:
            return
        if exchange.ticket.chance * 100 < config.percentage:
            hour = datetime.fromtimestamp(exchange.at, UTC).strftime("%Y/%m/%d/%H")
            role = str(fleet.model.request["ExecutionRoleArn"])
            folder = "/".join(filter(None, (config.prefix, endpoint, fleet.variant, hour)))
            file = _File(config.bucket, folder, config.key_id, role)
            self._add(file, self._line(config, exchange), exchange.at)

    def _add(self, file: _File, line: str, at: float) -> None:
        with self._account.lock:
            if file not in self._lines:
                self._lines[file] = []
                name = datetime.fromtimestamp(at, UTC).strftime("%M-%S-%f")[:9]
                self._account.after(
                    self.undocumented.delay_seconds,
                    lambda: self._deliver(file, name),
                    f"captured data in {file.folder}",
                )
            self._lines[file].append(line)

    def _deliver(self, file: _File, name: str) -> None:
        text = "".join(f"{line}\n" for line in self._lines.pop(file))
        unique = uuid.uuid5(uuid.NAMESPACE_OID, f"{file.folder}/{name}/{self._account.now()}")
        key = f"{file.folder}/{name}-{unique}.jsonl"
        sealed = {"encryption": "aws:kms", "kms_key_id": file.key_id} if file.key_id else {}
        backend: Any = s3_backends[ACCOUNT]["aws"]
        if file.bucket in backend.buckets and self.may_put(file.role, file.bucket, key):
            made = backend.put_object(file.bucket, key, text.encode(), **sealed)
            # moto notes the real time.
            made.last_modified = self._account.now().replace(tzinfo=None, microsecond=0)
        else:
            self.undelivered.append(f"s3://{file.bucket}/{file.folder}")

    def _line(self, config: CaptureConfig, exchange: Exchange) -> str:
        messages: dict[Side, Message] = {"INPUT": exchange.asked, "OUTPUT": exchange.answered}
        event = {
            "eventId": exchange.ticket.event_id,
            "inferenceId": exchange.inference_id,
            # AWS: it has a resolution of one second.
            "inferenceTime": datetime.fromtimestamp(exchange.at, UTC).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
        }
        line = {
            "captureData": {
                _NAMES[side]: self._side(config, side, message)
                for side, message in messages.items()
                if side in config.sides
            },
            "eventMetadata": {key: value for key, value in event.items() if value is not None},
            "eventVersion": "0",
        }
        return json.dumps(line, separators=(",", ":"))

    def _side(self, config: CaptureConfig, side: Side, message: Message) -> dict[str, str]:
        exactly = self.undocumented.types_match_exactly
        encoding, data = config.encode(message.content_type, message.body, exactly=exactly)
        return {
            "observedContentType": message.content_type,
            "mode": side,
            "data": data,
            "encoding": encoding,
        }
