"""Starts executions of the release machine for what was lost or left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain import naming
from penstock.domain.gate import Gate
from penstock.ports import Clock, Executions


@dataclass(frozen=True)
class Starter:
    """Every start has a fresh name: one that was used starts nothing (R18)."""

    executions: Executions
    clock: Clock

    def recovery(self, gate: Gate, reason: str) -> str:
        """Take back or finish what nobody holds any more; answers what was done."""
        self._start("recover", gate, {"action": "recover", "endpoint": gate.endpoint})
        return f"recovery started: {reason}"

    def wanted(self, gate: Gate) -> str:
        """Release the newest approval that is in the ledger (R5); answers what was done."""
        document = {
            "action": "release",
            "model_package_arn": gate.wanted,
            "approved_at": gate.wanted_at,
        }
        self._start("wanted", gate, document)
        return "a wanted approval was started"

    def _start(self, what: str, gate: Gate, document: Mapping[str, Any]) -> None:
        fresh = naming.release_id(f"{what} {gate.endpoint} {gate.fence}", self.clock.now())
        self.executions.start(f"{what}-{fresh}", document)
