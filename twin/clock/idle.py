"""Detects whether every other thread of this process is waiting."""

import os
import sys
import time

if sys.platform == "win32":
    raise ImportError("the discrete clock needs Linux or macOS")
import resource

_real_sleep = time.sleep  # the twin replaces time.sleep
_LOOK_SECONDS = 0.0002
_NOISE_NANOSECONDS = 4_000
_THREADS = "/proc/self/task"
_AT_WORK = (b"R", b"D")  # running or ready, and waiting for a disk


def everyone_waits() -> bool:
    """Watch for 0.2 ms. Return whether no other thread woke up and none is running now.

    The caller sleeps meanwhile, which releases the interpreter lock. A thread that was only
    waiting for that lock therefore wakes up and is seen.
    """
    return _linux() if os.path.isdir(_THREADS) else _elsewhere()


def _linux() -> bool:
    before = _switches()
    _real_sleep(_LOOK_SECONDS)
    return _switches() == before and not _somebody_works() and _switches() == before


def _switches() -> int:
    """Count how often the other threads ever went to sleep or were interrupted."""
    process = resource.getrusage(resource.RUSAGE_SELF)
    own = resource.getrusage(resource.RUSAGE_THREAD)
    return process.ru_nvcsw + process.ru_nivcsw - own.ru_nvcsw - own.ru_nivcsw


def _somebody_works() -> bool:
    own = _own_thread_id()
    return any(_state(task) in _AT_WORK for task in os.listdir(_THREADS) if task != own)


def _own_thread_id() -> str:
    return os.path.basename(os.readlink("/proc/thread-self"))


def _state(task: str) -> bytes:
    try:
        with open(f"{_THREADS}/{task}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return b"X"  # the thread ended after the listing


def _elsewhere() -> bool:
    """Without /proc, return whether no other thread used CPU time in three looks.

    This is weaker: a thread that is ready but gets no CPU looks like one that waits.
    """
    return all(_used_nothing() for _ in range(3))


def _used_nothing() -> bool:
    before = time.process_time_ns() - time.thread_time_ns()
    _real_sleep(4 * _LOOK_SECONDS)
    return time.process_time_ns() - time.thread_time_ns() - before < _NOISE_NANOSECONDS
