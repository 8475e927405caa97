"""The table of strategies."""

from penstock.domain.strategies.ab import AB
from penstock.domain.strategies.all_at_once import ALL_AT_ONCE
from penstock.domain.strategies.canary import CANARY
from penstock.domain.strategies.guardrail import GUARDRAIL
from penstock.domain.strategies.linear import LINEAR
from penstock.domain.strategies.shadow import SHADOW
from penstock.domain.strategies.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy for strategy in (CANARY, LINEAR, AB, SHADOW, GUARDRAIL, ALL_AT_ONCE)
}


def too_few_instances(strategy: Strategy, count: int | None) -> str | None:
    """Why a strategy needs more than `count` instances; None where it does not."""
    least, reason = strategy.instances
    if count is None or count >= least:
        return None
    return f"rollout: {reason}, so it needs serving.instance_count {least} or more"
