"""The reconcile function, invoked asynchronously once for each place and group."""

import json
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.ledger.place import Key


class ReconcileFunction:
    """Reconciling through Lambda, which tries an accepted invocation up to three times."""

    def __init__(self, functions: Any, name: str) -> None:
        self._functions = functions
        self._name = name

    def place(self, key: Key) -> None:
        """Request the reconciliation of one place."""
        self._invoke({"key": key})

    def group(self, group: str) -> None:
        """Request the reconciliation of one model package group."""
        self._invoke({"group": group})

    def _invoke(self, detail: dict[str, str]) -> None:
        event = {"source": "penstock", "detail-type": "Reconcile Due", "detail": detail}
        with translated():
            self._functions.invoke(
                FunctionName=self._name, InvocationType="Event", Payload=json.dumps(event)
            )
