"""Steps that the policy leaves open: adaptive where live's traffic suffices for a proof."""

from collections.abc import Sequence
from typing import Literal

from penstock.domain.judging.demand import LOOKED_BACK
from penstock.domain.judging.forecast import forecast, traffic, unprovable
from penstock.domain.planning.budget import HISTORY_LIMIT, fits
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.known import Completed, Known
from penstock.domain.planning.legs import drafted
from penstock.domain.planning.whole import whole
from penstock.domain.policy.policy import Policy, merge_policy
from penstock.domain.strategies.table import STRATEGIES


def steps_by_traffic(policy: Policy, known: Known) -> Completed:
    """The policy with adaptive steps or those of its strategy, and a note that says why.

    A policy that names its steps, or has none, stays as it is.
    """
    if policy.rollout.steps != "by_traffic":
        return Completed(policy)
    adaptive = with_steps(policy, "adaptive")
    provable, why = _outlook(adaptive, known)
    if provable:
        return Completed(adaptive, (f"steps: adaptive, because {why}",))
    rollout = policy.rollout
    steps = [each for each in STRATEGIES[rollout.strategy].steps if each <= rollout.share]
    shares = ", ".join(f"{percent:g}" for percent in steps or [rollout.share])
    return Completed(with_steps(policy, steps), (f"steps: {shares} %, because {why}",))


def with_steps(policy: Policy, steps: Sequence[float] | Literal["adaptive"]) -> Policy:
    """The policy as though its author had written these steps."""
    written = steps if isinstance(steps, str) else list(steps)
    return merge_policy(policy, {"rollout": {"steps": written}})


def _outlook(adaptive: Policy, known: Known) -> tuple[bool, str]:
    """Whether adaptive steps will have their proof in good time, and the figures that say so."""
    settings, demand = judge_settings(adaptive), known.demand
    if demand is None:
        return False, f"no request was seen in the last {LOOKED_BACK} minutes"
    if not demand.base_rates:
        return False, "nothing that is compared has a margin to prove"
    if problem := unprovable(settings, *demand):
        return False, problem
    stages = whole(adaptive, *drafted(adaptive, demand), "any", known.golden)
    if not fits(adaptive, stages, known.golden):
        return False, (
            f"adaptive steps that may be in doubt for {settings.deadline} minutes can take more "
            f"than the {HISTORY_LIMIT:,} history events of an execution"
        )
    requests, minutes = traffic(demand.requests_per_minute), forecast(settings, *demand).minutes
    return True, f"{requests} prove the margins in about {minutes} minutes"
