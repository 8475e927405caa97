"""How candidate and live are compared, as the policy says."""

from dataclasses import replace

from penstock.domain.judging.judge_settings import (
    ERRORS_LIMIT,
    PARTS,
    STEP_UP,
    JudgeSettings,
    Limit,
)
from penstock.domain.judging.quantiles import quantile_limits
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.policy import Policy


def judge_settings(policy: Policy) -> JudgeSettings:
    """Settings of the comparison. The last share of a ramp lasts `bake` minutes."""
    bake = policy.rollout.step_minutes + policy.rollout.hold_minutes
    return replace(settings_of(policy.judge), bake=bake)


def settings_of(judge: JudgeSection) -> JudgeSettings:
    """Settings of the comparison, from the policy's `judge`.

    A weight change blocks the endpoint, so the share moves by half at least. Minutes are complete 3
    minutes after they ended; with one look a minute that makes 4 minutes at risk per step.
    """
    return JudgeSettings(
        alpha=judge.false_rollback_rate,
        rho=judge.tolerance,
        phi=float(judge.attempts),
        tau=4.0,
        least_move=STEP_UP,
        parts=PARTS,
        deadline=judge.deadline_minutes,
        warm_up=judge.warm_up_minutes,
        lag=3,
        limits={
            **{n: Limit(ERRORS_LIMIT.harm, margin) for n, margin in judge.all_margins.items()},
            **quantile_limits(judge.margins.latency),
        },
    )
