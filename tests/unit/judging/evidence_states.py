"""Trials made of counts, for tests."""

from collections.abc import Sequence

from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.evidence_state import Trial, begun, judged
from penstock.domain.judging.judge_settings import Method

HEALTHY = (570, 1, 30, 0)
REGRESSION = ((570, 1, 30, 3), (561, 0, 33, 4), (574, 1, 29, 2), (569, 0, 31, 3))


def trial_of(
    minutes: Sequence[tuple[float, ...]],
    method: Method,
    *,
    weight: float | None = 0.05,
    metrics: Sequence[str] = ("errors",),
) -> Trial:
    """Every metric saw the same: live, bad of live, candidate, bad of candidate."""
    trial = begun(metrics, method)
    for number, counts in enumerate(minutes):
        same = dict.fromkeys(metrics, Counts(*counts))
        trial = judged(trial, Minute(number, weight, same), method)
    return trial
