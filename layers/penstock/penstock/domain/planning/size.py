"""Whether a plan fits what keeps it, and the document what carries it from state to state."""

import json
from typing import Any

from penstock.domain.errors import Refused
from penstock.domain.execution.run import Run
from penstock.domain.planning.plan import Plan

MOST_IN_DOCUMENT = 200_000
"""Bytes; Step Functions carries 262,144 from one state to the next (facts 5)."""
GROWS = 80_000
"""What is added to a document later, at most: the comparison of candidate and live (10 signals),
the last verdict, and the `Cause` of a task that failed (32,768 bytes)."""
MOST_IN_ITEM = 300_000
"""Bytes; an item of DynamoDB has 409,600 at most (facts 6)."""
SAID_LATER = 16_384
"""What is added to a release's record later, at most: its reason, and the last verdict."""


def check_size(run: Run, plan: Plan, reports: dict[str, dict[str, Any]]) -> None:
    """Counted in bytes, as they are written. `run` goes to the first stage, or ends.

    Raises:
        Refused: something would not be carried or kept to the end of the release.
    """
    _check("plan", len(plan.text.encode()), MOST_IN_ITEM, _parts(plan))
    kept = _bytes(reports)
    record = kept + _bytes(plan.planned.model_dump(mode="json"))
    _check("release's record", record, MOST_IN_ITEM - SAID_LATER, {"the reports": kept})
    document = _bytes(run.model_dump(mode="json", by_alias=True))
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
        "judge.signals": _bytes(policy.judge.model_dump(mode="json")),
        "alarms": _bytes(policy.alarms),
    }


def _override(run: Run) -> int:
    return _bytes(run.request.policy) if run.request else 0


def _bytes(*values: object) -> int:
    """As Lambda's runtime writes them: JSON with spaces, and in ASCII."""
    return sum(len(json.dumps(value)) for value in values)
