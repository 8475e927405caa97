"""Starts executions of the release machine for what was lost or left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import Gate
from penstock.ports import Clock, Executions

DAY_MS = 24 * 3_600_000
MOST_TRIES = 4
"""Of one start whose executions die without a word; then it waits for its next name."""
QUARTER_MS = 15 * 60_000
DOUBLINGS = (DAY_MS // QUARTER_MS).bit_length()


@dataclass(frozen=True)
class Starter:
    """A name that was used starts nothing, so every recovery has a fresh one (R18)."""

    executions: Executions
    clock: Clock

    def recovery(self, gate: Gate, reason: str) -> str:
        """Take back or finish what nobody holds any more; answers what was done."""
        document = {"action": "recover", "endpoint": gate.endpoint}
        self.executions.start(self._name("recover", gate, self.clock.now()), document)
        return f"recovery started: {reason}"

    def wanted(self, gate: Gate, package: str, approved_at: int) -> str:
        """Release the newest approval that is in the ledger (R5); answers what was done.

        One that is refused or dies before it claims leaves it wanted. So the name holds until the
        next try is due, or the endpoint was held again: nobody is told of one refusal with every
        sweep. One that died told nobody anything, and is started again at once.
        """
        document = {
            "action": "release",
            "model_package_arn": package,
            "approved_at": approved_at,
        }
        name = self._name("wanted", gate, tries(self.clock.now() - approved_at))
        start_again(self.executions, name, document)
        return "a wanted approval was started"

    def _name(self, what: str, gate: Gate, moment: int) -> str:
        wanted = f"{gate.wanted_at} {gate.queued_at}"
        about = f"{what} {gate.key} {wanted} {gate.fence} {gate.recoveries}"
        return f"{what}-{naming.release_id(about, moment)}"


def start_again(executions: Executions, name: str, document: Mapping[str, Any]) -> None:
    """Start it under this name, or under the next one where the execution before it died."""
    names = (f"{name}-{number}" for number in range(MOST_TRIES))
    if fresh := next((each for each in names if not executions.died(each)), None):
        executions.start(fresh, document)


def tries(age: int) -> int:
    """How often what was approved `age` ms ago should have been tried: at once, whenever the time
    since has doubled (from a quarter of an hour on), and daily in the end."""
    days = age // DAY_MS
    return days + DOUBLINGS if days > 0 else (age // QUARTER_MS).bit_length()
