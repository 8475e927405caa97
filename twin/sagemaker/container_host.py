"""Runs a model server, and ends it with all its workers when the twin ends.

The twin holds the other end of standard input, which closes however the twin ends.
"""

import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Run the command until it ends or standard input closes."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as server:  # noqa: S603  # the image's own command
        threading.Thread(target=_end_with_twin, args=(server,), daemon=True).start()
        return server.wait()


def _end_with_twin(server: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
