"""What happens to a release at a moment that a test names by a function's call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from tests.end_to_end.bench import Bench
from twin.functions.handler_calls import Call, Interference, Killed

ACQUIRES = "UpdateItem"
"""The first ledger write of a function that acts takes its lock."""


@contextmanager
def just_before(
    bench: Bench, function: str, operation: str, happens: Callable[[], object]
) -> Iterator[None]:
    """Let something happen just before a function's first call of an operation.

    Raises:
        TimeoutError: the call never came.
    """
    begun: list[Call] = []

    def interfere(call: Call) -> None:
        if not begun and (call.function, call.operation) == (f"penstock-{function}", operation):
            begun.append(call)
            happens()

    with bench.twin.functions.calls.interfering(before=interfere):
        yield
    if not begun:
        raise TimeoutError(f"{function} has not called {operation}")


@contextmanager
def busy(bench: Bench, function: str, minutes: float) -> Iterator[None]:
    """Let AWS patch the endpoint just before a function acquires its lock for the first time."""

    def patch() -> None:
        bench.twin.sagemaker.updates.system_update(bench.endpoint, minutes)

    with just_before(bench, function, ACQUIRES, patch):
        yield


@contextmanager
def killing(
    bench: Bench, function: str, operation: str, *, after: bool, times: int = 1
) -> Iterator[list[Call]]:
    """Kill the function right before or right after its next calls of this operation."""
    killed: list[Call] = []

    def kill(call: Call) -> None:
        here = call.function == f"penstock-{function}" and call.operation == operation
        if here and len(killed) < times:
            killed.append(call)
            raise Killed

    how: dict[str, Interference] = {"after" if after else "before": kill}
    with bench.twin.functions.calls.interfering(**how):
        yield killed


@contextmanager
def refusing(
    bench: Bench, function: str, operation: str, code: str, times: int = 1
) -> Iterator[list[Call]]:
    """Let AWS refuse a function's next calls of an operation with an error code, for good."""
    refused: list[Call] = []

    def refuse(call: Call) -> None:
        here = (call.function, call.operation) == (f"penstock-{function}", operation)
        if here and len(refused) < times:
            refused.append(call)
            raise ClientError({"Error": {"Code": code, "Message": "not this time"}}, operation)

    with bench.twin.functions.calls.interfering(before=refuse):
        yield refused
