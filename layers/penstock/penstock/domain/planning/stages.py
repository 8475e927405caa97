"""How candidate and live are compared, as the policy says."""

from dataclasses import replace

from penstock.domain.judging.method import ERRORS, PARTS, STEP_UP, Limit, Method
from penstock.domain.policy.judge import Judge
from penstock.domain.policy.policy import Policy


def method(policy: Policy) -> Method:
    """How candidate and live are compared; the last share that is chosen lasts `bake` minutes."""
    bake = policy.rollout.step_minutes + policy.rollout.hold_minutes
    return replace(method_of(policy.judge), bake=bake)


def method_of(judge: Judge) -> Method:
    """As the policy says, on SageMaker.

    A weight change blocks the endpoint, so moves are of half at least; minutes are complete only
    3 minutes after they ended, which with one look a minute makes 4 minutes at risk per step.
    """
    return Method(
        alpha=judge.false_rollback_rate,
        rho=judge.tolerance,
        phi=float(judge.attempts),
        tau=4.0,
        least_move=STEP_UP,
        parts=PARTS,
        deadline=judge.deadline_minutes,
        warm_up=judge.warm_up_minutes,
        lag=3,
        limits={name: Limit(ERRORS.harm, margin) for name, margin in judge.all_margins.items()},
    )
