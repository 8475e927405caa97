"""Runs in a child process: a function's cold start up to its first call, or the floor.

The arguments are the function's folder and its event as a Python literal. The floor has none.
The process ends at the first address lookup, so that nothing is sent.
"""

import os
import resource
import sys


class Context:
    """The context that Lambda passes beside the event."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left."""
        return 60_000


def at_first_call(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: end the process when the first call reaches the network."""
    if event == "socket.getaddrinfo":
        tell(str(arguments[0]))


def tell(host: str) -> None:
    """Print host, CPU seconds, peak memory in KiB and modules, and end the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(host, used.ru_utime + used.ru_stime, peak(), len(sys.modules))  # noqa: T201  # its answer
    sys.stdout.flush()
    os._exit(0)


def peak() -> int:
    """Return the peak memory in KiB. `resource` would report the parent's if that was larger."""
    with open("/proc/self/status") as status:  # pathlib would be counted
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


if len(sys.argv) == 1:
    import http.client  # noqa: F401
    import ssl  # noqa: F401

    tell("floor")
folder, event = sys.argv[1:]
sys.path.insert(0, folder)
sys.addaudithook(at_first_call)

import app  # type: ignore[import-not-found]  # noqa: E402  # the function's

app.handler(eval(event), Context())  # noqa: S307  # by us; json would be counted
