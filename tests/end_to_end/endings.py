"""The table of endings: status, error and what an execution answers."""

from tests.end_to_end.policies import Document
from twin.observations import Execution

PROMOTED = ("SUCCEEDED", None, "promoted")
RESTORED = ("SUCCEEDED", None, "restored")
OBSERVED = ("SUCCEEDED", None, "observed")
PLANNED = ("SUCCEEDED", None, "planned")
NOTHING_TO_DO = ("SUCCEEDED", None, "nothing_to_do")
ROLLED_BACK = ("FAILED", "RolledBack", "rolled_back")
REFUSED = ("FAILED", "Refused", "refused")
SUPERSEDED = ("FAILED", "Superseded", "superseded")
NEEDS_A_PERSON = ("FAILED", "NeedsAttention", "needs_a_person")
ANSWERED = {
    "release_id",
    "endpoint",
    "ending",
    "reason",
    "live_model_package_arn",
    "previous_model_package_arn",
    "tidy",
}
"""The keys of every ending."""


def ending(execution: Execution) -> Document:
    """What an execution answered: its output, or the cause of its failure."""
    answer: Document = execution.output if execution.status == "SUCCEEDED" else execution.cause
    return answer


def lasted(execution: Execution) -> float:
    """How many minutes an execution took; raises for one that runs."""
    if execution.stopped is None:
        raise ValueError(f"{execution.name} runs")
    return (execution.stopped - execution.started).total_seconds() / 60


def row(execution: Execution) -> tuple[str, str | None, str]:
    """Where an execution stands in the table of endings: status, error, ending."""
    return execution.status, execution.error, ending(execution)["ending"]
