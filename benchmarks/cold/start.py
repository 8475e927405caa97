"""Run in a child process: a function's cold start up to its first call, or the floor.

Arguments: the folder of the function and its event, as Python writes it; none for the floor.
The process ends at the first address that is looked up, so nothing is sent.
"""

import os
import resource
import sys


class Context:
    """What Lambda hands over beside the event."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that are left."""
        return 60_000


def at_first_call(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: the first call has come as far as the network."""
    if event == "socket.getaddrinfo":
        tell(str(arguments[0]))


def tell(host: str) -> None:
    """Print host, CPU seconds, peak memory in KiB and modules, and end the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(host, used.ru_utime + used.ru_stime, peak(), len(sys.modules))  # noqa: T201  # its answer
    sys.stdout.flush()
    os._exit(0)


def peak() -> int:
    """Peak memory in KiB. That of `resource` is the parent's where the parent was larger."""
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
