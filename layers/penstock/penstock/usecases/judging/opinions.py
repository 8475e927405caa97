"""Opinions: every source that a stage names is asked at each look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from penstock.domain.execution.progress import Phase
from penstock.domain.execution.run import Run
from penstock.domain.judging.opinion import Opinion
from penstock.domain.ledger.gate import Gate
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.stage import Asked


class OpinionSource(Protocol):
    """What else decides about a share, beside alarms and the comparison with live."""

    def __call__(self, run: Run, plan: Plan, phase: Phase, gate: Gate, /) -> tuple[Run, Opinion]:
        """One look: the document with what the source remembers, and its opinion.

        Raises:
            PenstockError: as the source's reads do; the look is then repeated.
        """
        ...


@dataclass(frozen=True)
class Opinions:
    """The table of sources, by the names that stages use."""

    sources: Mapping[Asked, OpinionSource]

    def __call__(
        self, run: Run, plan: Plan, phase: Phase, gate: Gate
    ) -> tuple[Run, tuple[Opinion, ...]]:
        """Ask the sources of the stage in hand, in its order."""
        opinions: list[Opinion] = []
        for name in run.the_stage.asks:
            run, opinion = self.sources[name](run, plan, phase, gate)
            opinions.append(opinion)
        return run, tuple(opinions)
