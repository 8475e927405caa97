"""Measures the peak memory of the demo: this process and all its children."""

import threading

import psutil

LOOK_SECONDS = 0.5
MIB = 1 << 20


class PeakMemory:
    """Measures twice a second. On Linux, pages that processes share are counted once."""

    def __init__(self) -> None:
        self.peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory")

    @property
    def mib(self) -> float:
        """The peak so far, in MiB."""
        return self.peak / MIB

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._ended.wait(LOOK_SECONDS):
            family = [me, *me.children(recursive=True)]
            self.peak = max(self.peak, sum(map(_used, family)))


def _used(process: psutil.Process) -> int:
    """Return the proportional set size in bytes, or the resident size where there is none.

    A process that has just ended counts as 0.
    """
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(memory, "pss", memory.rss))
