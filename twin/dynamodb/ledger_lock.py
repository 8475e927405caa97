"""Makes moto's DynamoDB atomic, and runs a transaction once per token."""

import json
import threading
import time
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.responses import DynamoHandler

from twin.core.hooks import Hooks
from twin.dynamodb import index_keys

NOT_ENFORCED = (
    "DynamoDB: TransactionConflict, throttling, eventual consistency and time to live. Requests "
    "run one after the other, and every read is consistent.",
)
# AWS: a token is remembered for ten minutes.
_REMEMBERED_SECONDS = 600


class IdempotentParameterMismatchError(DynamodbException):
    """The token was used before with other items."""

    def __init__(self) -> None:
        super().__init__(
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "The requested ClientRequestToken was used with different parameters",
        )


def install(hooks: Hooks) -> None:
    """Serialise requests, remember transaction tokens, and check the types of index keys."""
    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def one_at_a_time(handler: DynamoHandler) -> Any:
        with lock:
            return call_action(handler)

    hooks.set(DynamoHandler, "call_action", one_at_a_time)
    hooks.set(DynamoHandler, "transact_write_items", _once_per_token())
    index_keys.install(hooks)


def _once_per_token() -> Any:
    transact_write_items = DynamoHandler.transact_write_items
    done: dict[str, tuple[str, float]] = {}

    def once(handler: Any) -> ActionResult:
        token = handler.body.get("ClientRequestToken")
        asked = json.dumps(handler.body["TransactItems"], sort_keys=True, default=str)
        before, until = done.get(token, (None, 0.0))
        if before is None or until < time.time():
            result: ActionResult = transact_write_items(handler)
            done[token] = (asked, time.time() + _REMEMBERED_SECONDS)
            return result
        if before != asked:
            raise IdempotentParameterMismatchError
        return ActionResult({})

    return once
