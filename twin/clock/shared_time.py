"""Shares the clock's reference point with the handlers' processes, in a file."""

import mmap
import struct
import tempfile
from pathlib import Path
from types import TracebackType

from twin.clock.timeline import Clock, Reference

# A counter that is odd while the rest is being written; simulated ns, real ns, rate.
LAYOUT = "<Qqqd"
VARIABLE = "_LOCAL_CLOCK"


class SharedTime:
    """Keeps the file up to date until it is closed."""

    def __init__(self, clock: Clock) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="clock-")  # noqa: SIM115  # close() ends it
        self._file.write(bytes(struct.calcsize(LAYOUT)))
        self._file.flush()
        self._memory = mmap.mmap(self._file.fileno(), 0)
        self._count = 0
        self._clock = clock
        clock.on_rebase.append(self._write)
        self._write(clock.reference)

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self._file.name)

    def _write(self, reference: Reference) -> None:
        struct.pack_into("<Q", self._memory, 0, self._count + 1)
        struct.pack_into("<qqd", self._memory, 8, *reference)
        self._count += 2
        struct.pack_into("<Q", self._memory, 0, self._count)

    def close(self) -> None:
        """Stop writing and remove the file."""
        self._clock.on_rebase.remove(self._write)
        self._memory.close()
        self._file.close()

    def __enter__(self) -> "SharedTime":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
