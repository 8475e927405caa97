"""The end of a shadow that nothing follows: the release was only to be watched."""

from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.opinion import Opinion
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.plan import Plan


def shadow_over(run: Run, _plan: Plan, _phase: Phase, _gate: Gate) -> tuple[Run, Opinion]:
    """The source `over`. It is asked at each look, and counts once the stage would be passed."""
    return run, Opinion("ends", "the shadow test is over, and live is kept as planned")
