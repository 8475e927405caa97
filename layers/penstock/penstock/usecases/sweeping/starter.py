"""Starts executions of the state machine for lost or unfinished work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.domain.ledger import naming
from penstock.domain.ledger.gate import Gate
from penstock.domain.ledger.revocation import Revocation
from penstock.domain.moments import DAY_MS
from penstock.ports.clock import Clock
from penstock.ports.executions import Executions

MOST_STARTS = 4
"""Most tries of one start whose executions die without an ending.

Then it waits for its next name.
"""
QUARTER_MS = 15 * 60_000
DOUBLINGS = (DAY_MS // QUARTER_MS).bit_length()


@dataclass(frozen=True)
class Starter:
    """Starts executions. A used name starts nothing, so every recovery has a fresh one (R18)."""

    executions: Executions
    clock: Clock

    def recovery(self, gate: Gate, reason: str) -> str:
        """Start a recovery. Returns what was done."""
        document: dict[str, str] = {"action": "recover", "endpoint": gate.endpoint}
        if gate.key != gate.endpoint:
            document["key"] = gate.key
        self.executions.start(self._name("recover", gate, self.clock.now()), document)
        return f"recovery started: {reason}"

    def wanted(self, gate: Gate, package: str, approved_at: int) -> str:
        """Start the newest approval that the ledger notes (R5). Returns what was done.

        An execution that is refused or dies before its claim leaves the approval noted. The name is
        therefore the same until the next try is due or the endpoint was held again, so that people
        are notified only once. An execution that died has notified nobody, and is started again at
        once.
        """
        document = {
            "action": "release",
            "model_package_arn": package,
            "approved_at": approved_at,
        }
        name = self._name("wanted", gate, tries(self.clock.now() - approved_at))
        start_again(self.executions, name, document)
        return "a wanted approval was started"

    def revoked(self, gate: Gate, noted: Revocation, to: str) -> str:
        """Start the rollback of a package that serves and was rejected. Returns what was done.

        However often the revocation is noticed, one execution starts, until the next try is due or
        the endpoint was held again. The claim asks whether the rollback is still due.
        """
        document = {
            "action": "rollback",
            "endpoint": gate.endpoint,
            "to": to,
            "revoked": noted.package,
            "reason": f"the approval of {noted.package}, which served, was revoked",
        }
        about = f"{gate.key} {noted.package} {to} {gate.fence} {noted.at}"
        name = naming.release_id(about, tries(self.clock.now() - noted.at))
        start_again(self.executions, f"revoked-{name}", document)
        return "the rollback of a revoked package was started"

    def _name(self, what: str, gate: Gate, moment: int) -> str:
        wanted = f"{gate.wanted_at} {gate.queued_at}"
        about = f"{what} {gate.key} {wanted} {gate.fence} {gate.recoveries}"
        return f"{what}-{naming.release_id(about, moment)}"


def start_again(executions: Executions, name: str, document: Mapping[str, Any]) -> None:
    """Start an execution under this name, or under the next one if the execution before it died."""
    names = (f"{name}-{number}" for number in range(MOST_STARTS))
    if fresh := next((each for each in names if not executions.died(each)), None):
        executions.start(fresh, document)


def tries(age: int) -> int:
    """How often an approval that is `age` ms old should have been tried.

    It is tried at once, whenever its age has doubled (from a quarter of an hour on), and finally
    daily.
    """
    days = age // DAY_MS
    return days + DOUBLINGS if days > 0 else (age // QUARTER_MS).bit_length()
