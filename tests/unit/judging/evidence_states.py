"""Evidence made of counts, for tests."""

from collections.abc import Sequence

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
