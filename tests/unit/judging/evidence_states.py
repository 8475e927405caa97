"""Evidence made of counts, for tests."""

import json
from collections.abc import Sequence
from typing import Any

from penstock.domain.judging.comparison import Comparison
from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence_state import EvidenceState, begun, judged
from penstock.domain.judging.judge_settings import JudgeSettings

HEALTHY = (570, 1, 30, 0)
REGRESSION = ((570, 1, 30, 3), (561, 0, 33, 4), (574, 1, 29, 2), (569, 0, 31, 3))


def state_of(
    minutes: Sequence[tuple[float, ...]],
    settings: JudgeSettings,
    *,
    weight: float | None = 0.05,
    metrics: Sequence[str] = ("errors",),
) -> EvidenceState:
    """Every metric saw the same: live, bad of live, candidate, bad of candidate."""
    state = begun(metrics, settings)
    for number, counts in enumerate(minutes):
        same = dict.fromkeys(metrics, Counts(*counts))
        state = judged(state, Minute(number, weight, same), settings)
    return state


def document_of(state: EvidenceState) -> dict[str, Any]:
    """As an execution carries it."""
    comparison = Comparison(state=state, began=0, next_minute=0)
    document: dict[str, Any] = comparison.model_dump(mode="json", by_alias=True)["trial"]
    return document


def carried(state: EvidenceState) -> EvidenceState:
    """After it was carried from one look to the next, as JSON."""
    text = json.dumps({"trial": document_of(state), "began": 0, "next_minute": 0})
    return Comparison.model_validate_json(text).state
