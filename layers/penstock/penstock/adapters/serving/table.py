"""The table of serving adapters, and the dispatch by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from penstock.adapters.serving.realtime import RealtimeServing
from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.ledger.content import Content

if TYPE_CHECKING:
    from penstock.domain.planning.plan import Plan
    from penstock.domain.planning.stage import Stage
    from penstock.ports.serving import Serving

ADAPTERS: dict[str, Callable[[Any], Serving]] = {"realtime": RealtimeServing}
"""Factory of each kind's adapter, by the kind's name."""


class ServingByKind:
    """Serving of every kind. A plan and a content both name their kind."""

    def __init__(self, kinds: Mapping[str, Serving]) -> None:
        self._kinds = kinds

    def forward(self, plan: Plan, stage: Stage, view: EndpointView | None) -> None:
        """By the plan's kind."""
        self._kinds[plan.kind].forward(plan, stage, view)

    def rehearse(self, plan: Plan) -> None:
        """By the plan's kind."""
        self._kinds[plan.kind].rehearse(plan)

    def shift(self, endpoint: str, target: Content) -> None:
        """By the target's kind."""
        self._kinds[target.kind].shift(endpoint, target)

    def tidy(self, endpoint: str, back_to: Content) -> None:
        """By the kind of what is gone back to."""
        self._kinds[back_to.kind].tidy(endpoint, back_to)

    def remove(self, endpoint: str, shown: Content) -> None:
        """By the kind of what is there."""
        self._kinds[shown.kind].remove(endpoint, shown)


def serving_by_kind(sagemaker: Any) -> ServingByKind:
    """Every kind that this version can release, through one client."""
    return ServingByKind({name: make(sagemaker) for name, make in ADAPTERS.items()})
