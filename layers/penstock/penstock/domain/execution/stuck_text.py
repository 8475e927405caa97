"""Texts about a rollback that makes no progress: who gets the requests, and for how long."""

from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE, TOLERANCE, Content
from penstock.domain.ledger.gate import Gate
from penstock.domain.moments import DAY_MS, HOUR_MS, MINUTE_MS

HARM = (
    "Penstock keeps trying every few minutes. Fix what AWS names, or move the requests by hand:"
    ' see "A candidate that keeps traffic" in the runbook'
)
COST = (
    "Penstock keeps trying. Users are on the previous package, but the leftover instances cost"
    ' money. See "A configuration that cannot be put back" in the runbook'
)
BLOCKED = (
    "Penstock has stopped trying. Start a rollback, or move the requests by hand:"
    ' see "A candidate that keeps traffic" in the runbook'
)


def harmed(gate: Gate, shown: Content | None) -> bool:
    """Whether users are on a package that has to go. Unknown counts as yes."""
    if shown is None:
        return True
    if shown.shape != "stable":
        return shown.share(CANDIDATE) > TOLERANCE
    return not (shown.same(gate.previous) or shown.same(gate.content))


def ours(gate: Gate, shown: Content) -> bool:
    """Whether the release in hand, or one before it, put this there."""
    final = naming.final_config(gate.endpoint, gate.release or "")
    return shown.name == final or shown.staged(gate.endpoint)


def standing(gate: Gate, shown: Content | None) -> str:
    """Who gets the requests while it is stuck."""
    if shown is None:
        return "SageMaker does not say at present which variant gets the requests"
    if not harmed(gate, shown):
        return "the candidate takes no requests, but its configuration is still there"
    if shown.shape == "stable":
        return f"{shown.name} still takes all requests"
    return f"the candidate still takes {100 * shown.share(CANDIDATE):g} % of the requests"


def lasted(passed: int) -> str:
    """How long: in whole minutes, hours or days."""
    for unit, name in ((DAY_MS, "day"), (HOUR_MS, "hour")):
        if passed >= unit:
            return _counted(passed // unit, name)
    return _counted(max(1, passed // MINUTE_MS), "minute")


def reason(gate: Gate, shown: Content | None, passed: int, said: str) -> str:
    """One sentence: who gets the requests, how long the rollback lasts, and what AWS says."""
    return f"{standing(gate, shown)}, {lasted(passed)} after the rollback began: {said}"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
