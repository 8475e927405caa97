"""Makes a handler process follow the twin's clock. Python imports this module at its start.

The handler's own code sees neither this module nor its environment variable.
"""

import mmap
import os
import struct
import time

import time_machine


def _follow(path: str) -> None:
    with open(path, "rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def reference() -> tuple[int, int, float]:
        while True:
            before, simulated, real, rate = struct.unpack_from("<Qqqd", memory)
            if before % 2 == 0 and struct.unpack_from("<Q", memory)[0] == before:
                return simulated, real, rate

    def time_ns(_: object) -> int:
        simulated, real, rate = reference()
        return simulated + int((time.perf_counter_ns() - real) * rate)

    real_sleep = time.sleep

    def sleep(seconds: float) -> None:
        real_sleep(seconds / (reference()[2] or 1.0))

    setattr(time_machine.Traveller, "time_ns", time_ns)  # noqa: B010  # mypy forbids the statement
    time_machine.travel(0).start()
    setattr(time, "sleep", sleep)  # noqa: B010  # likewise


if "_LOCAL_CLOCK" in os.environ:
    _follow(os.environ.pop("_LOCAL_CLOCK"))
