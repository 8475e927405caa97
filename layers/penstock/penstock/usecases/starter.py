"""Starts executions of the release machine for what was lost or left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain import naming
from penstock.domain.gate import Gate
from penstock.ports import Clock, Executions

DAY_MS = 24 * 3_600_000


@dataclass(frozen=True)
class Starter:
    """A name that was used starts nothing, so every recovery has a fresh one (R18)."""

    executions: Executions
    clock: Clock

    def recovery(self, gate: Gate, reason: str) -> str:
        """Take back or finish what nobody holds any more; answers what was done."""
        document = {"action": "recover", "endpoint": gate.endpoint}
        self._start("recover", gate, document, self.clock.now())
        return f"recovery started: {reason}"

    def wanted(self, gate: Gate, package: str, approved_at: int) -> str:
        """Release the newest approval that is in the ledger (R5); answers what was done.

        One that is refused before it claims leaves it wanted. So the name holds for a day, or
        until the endpoint was held again: nobody is told of one refusal with every sweep.
        """
        document = {
            "action": "release",
            "model_package_arn": package,
            "approved_at": approved_at,
        }
        self._start("wanted", gate, document, self.clock.now() // DAY_MS)
        return "a wanted approval was started"

    def _start(self, what: str, gate: Gate, document: Mapping[str, Any], moment: int) -> None:
        about = f"{what} {gate.endpoint} {gate.wanted_at} {gate.queued_at} {gate.fence}"
        fresh = naming.release_id(about, moment)
        self.executions.start(f"{what}-{fresh}", document)
