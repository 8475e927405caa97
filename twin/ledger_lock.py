"""DynamoDB, one request after the other: moto's tables are not atomic between threads."""

import threading
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from twin.hooks import Hooks


def install(hooks: Hooks) -> None:
    """Serialise every DynamoDB request of the process."""
    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def one_at_a_time(handler: DynamoHandler) -> Any:
        with lock:
            return call_action(handler)

    hooks.set(DynamoHandler, "call_action", one_at_a_time)
