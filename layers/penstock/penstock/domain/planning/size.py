"""Whether a plan fits what keeps it, and the document what carries it from state to state."""

from typing import Any

from penstock.domain.errors import Refused
from penstock.domain.execution.run import Run
from penstock.domain.planning.plan import Plan

MOST_IN_DOCUMENT = 200_000
"""Bytes; Step Functions carries 262,144 from one state to the next (facts 5)."""
GROWS = 65_536
"""What the comparison of candidate and live adds to a document, at most, with room to spare."""
MOST_IN_ITEM = 300_000
"""Bytes; an item of DynamoDB has 409,600 at most (facts 6)."""


def check_size(run: Run, plan: Plan, reports: dict[str, dict[str, Any]]) -> None:
    """Counted in bytes of UTF-8, as they are written. `run` goes to the first stage, or ends.

    Raises:
        Refused: something would not be carried or kept to the end of the release.
    """
    _check("plan", len(plan.text.encode()), MOST_IN_ITEM, _parts(plan))
    record = len(str(reports).encode())
    _check("release's record", record, MOST_IN_ITEM, {"the reports": record})
    document = len(run.model_dump_json(by_alias=True).encode())
    shown = _parts(plan) if run.ending else {"the input's policy": _override(run)}
    _check("execution's document", document, MOST_IN_DOCUMENT - GROWS, shown)


def _check(what: str, size: int, most: int, parts: dict[str, int]) -> None:
    if size <= most:
        return
    largest = max(parts, key=lambda part: parts[part])
    raise Refused(
        f"the {what} takes {size} bytes, more than {most}: shorten {largest}, "
        f"which takes {parts[largest]}"
    )


def _parts(plan: Plan) -> dict[str, int]:
    """What a person can shorten, by the name under which they wrote it."""
    policy = plan.policy
    return {
        "serving.environment": _bytes(policy.serving.environment, plan.blueprint.variables),
        "serving.tags": _bytes(policy.serving.tags),
        "the tags of what serves": _bytes(plan.blueprint.model_tags, plan.blueprint.config_tags),
        "judge.signals": len(policy.judge.model_dump_json().encode()),
        "alarms": _bytes(policy.alarms),
    }


def _override(run: Run) -> int:
    return _bytes(run.request.policy) if run.request else 0


def _bytes(*values: object) -> int:
    return sum(len(str(value).encode()) for value in values)
