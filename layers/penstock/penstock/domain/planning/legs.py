"""The watched shares of a plan, as recorded and simulated releases are judged by them."""

from collections.abc import Iterable

from penstock.domain.judging.demand import Demand
from penstock.domain.judging.walk import Leg
from penstock.domain.kinds.kind import Contents
from penstock.domain.ledger.content import CANDIDATE, WHOLE, Variants, split_weights
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.stage import Stage
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.strategy import Draft, Strategy
from penstock.domain.strategies.table import STRATEGIES


def _any_contents() -> Contents:
    return Contents(
        variant="live",
        staged=Variants(config="staged", weights=split_weights("live", CANDIDATE, 0)),
        final=Variants(config="final", weights={"live": WHOLE}),
        shadowed=Variants(config="shadow", weights={"live": WHOLE}).copying(100),
    )


def legs(stages: Iterable[Stage]) -> tuple[Leg, ...]:
    """Of the stages at which the candidate is compared with live, at a share that is known.

    SageMaker chooses the shares of a deployment, so it has none.
    """
    return tuple(
        Leg(stage.percent / 100, stage.rules, stage.ramp)
        for stage in stages
        if stage.compared and not (stage.keeps or stage.deploys or stage.copied)
    )


def legs_of(policy: Policy, demand: Demand | None = None) -> tuple[Leg, ...]:
    """As every endpoint has them that is released to by this policy.

    Raises:
        Refused: the policy's strategy cannot be done with these steps.
    """
    return legs(stages_of(policy, demand))


def stages_of(policy: Policy, demand: Demand | None = None) -> tuple[Stage, ...]:
    """The strategy's own stages of any endpoint by this policy, where something serves already.

    Raises:
        Refused: the policy's strategy cannot be done with these steps.
    """
    strategy, draft = drafted(policy, demand)
    return tuple(strategy.stages(draft))


def drafted(policy: Policy, demand: Demand | None = None) -> tuple[Strategy, Draft]:
    """The strategy, and what it makes the stages of any endpoint of."""
    strategy = STRATEGIES[policy.rollout.strategy]
    settings, contents = judge_settings(policy), _any_contents()
    draft = Draft(policy.rollout, policy.judge, settings, contents, demand, first=False)
    return strategy, draft
