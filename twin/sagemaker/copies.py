"""Copies of requests for a shadow variant. Their answers reach no caller."""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

from twin.core.account import Account
from twin.sagemaker.calls import Call, Calls
from twin.sagemaker.endpoint_state import Endpoint
from twin.sagemaker.shadow_changes import share_of

_AT_ONCE = 32


class Copies:
    """Chooses which requests are copied, and sends the copies from threads of its own.

    With `close`, copies that have not begun are dropped, and `end` waits for the others.
    """

    def __init__(self, account: Account, calls: Calls, seed: int) -> None:
        self._account = account
        self._calls = calls
        self._random = random.Random(f"copies {seed}")  # noqa: S311  # repeatable, not secret
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="shadow")
        self._sent: list[Future[None]] = []
        self._failed: list[Future[None]] = []

    def chosen(self, endpoint: Endpoint) -> bool:
        """Decide for one request whether it is copied."""
        share = share_of(endpoint)
        return share > 0 and self._random.random() < share

    def send(self, call: Call) -> Callable[[], None]:
        """Begin to send a copy. Return a function that waits for its answer."""
        kept, begun = ExitStack(), Event()
        kept.enter_context(call.fleet.in_use())
        with self._account.clock.working():
            sent = self._pool.submit(self._make, call, kept, begun)
            self._sent = [each for each in self._sent if not _succeeded(each)]
            if sum(not each.done() for each in self._sent) < _AT_ONCE:
                begun.wait()  # so that simulated time does not jump over the copy
        self._sent.append(sent)
        return sent.result

    def wait(self) -> None:
        """Wait for the copies under way. Raise the exception of one that could not be sent."""
        for sent in self._sent:
            sent.result()

    def close(self) -> None:
        self._failed = [each for each in self._sent if each.done() and not _succeeded(each)]
        self._pool.shutdown(wait=False, cancel_futures=True)

    def end(self) -> None:
        """Raise the exceptions of copies that failed before `close`."""
        self._pool.shutdown()
        for failed in self._failed:
            failed.result()

    def _make(self, call: Call, kept: ExitStack, begun: Event) -> None:
        with kept, self._account.clock.working():
            begun.set()
            self._calls.make(call, time.perf_counter(), lambda: None)


def _succeeded(sent: Future[None]) -> bool:
    return sent.done() and not sent.cancelled() and sent.exception() is None
