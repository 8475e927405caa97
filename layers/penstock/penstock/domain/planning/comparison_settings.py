"""How candidate and live are compared, as the policy says."""

from dataclasses import replace

from penstock.domain.judging.judge_settings import (
    ERRORS_LIMIT,
    PARTS,
    JudgeSettings,
    Limit,
)
from penstock.domain.judging.noise_floor import LEAST_TOLERANCE
from penstock.domain.judging.quantiles import quantile_limits
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.policy import Policy

GROSS = 0.2
"""Of the chance of a false rollback: what may be spent while the candidate may be cold."""
LEAST_MOVE = 4.0
"""Times the share: what a move upwards multiplies it by at least, but for the last one."""


def judge_settings(policy: Policy) -> JudgeSettings:
    """Settings of the comparison. The last share of a ramp lasts `bake` minutes.

    A shadow and the shares after it are two comparisons, of two fleets. Each spends half of the
    chance of a false rollback, so that both together spend it once. A ramp that leads to an
    experiment goes no further than the experiment's share.
    """
    rollout, settings = policy.rollout, settings_of(policy.judge)
    parts = 2 if rollout.copied and rollout.steps else 1
    return replace(
        settings,
        bake=rollout.step_minutes + rollout.hold_minutes,
        top=rollout.share / 100,
        alpha=settings.alpha / parts,
        gross_alpha=settings.gross_alpha / parts,
    )


def settings_of(judge: JudgeSection) -> JudgeSettings:
    """Settings of the comparison, from the policy's `judge`.

    A weight change blocks the endpoint for a minute or two, and no minute that it touches is
    judged. So a step takes six minutes or seven, shares move by LEAST_MOVE at least, and where
    something is known already a step may put three times the budget at risk. A minute is final at
    its second look, three or four minutes after it ended: so many are at risk in a step.
    """
    gross = GROSS * judge.false_rollback_rate if judge.cold_start_minutes else 0.0
    return JudgeSettings(
        alpha=judge.false_rollback_rate - gross,
        gross_alpha=gross,
        rho=LEAST_TOLERANCE if judge.tolerance is None else judge.tolerance,
        phi=float(judge.attempts or 1),
        spare=3.0,
        tau=3.5,
        least_move=LEAST_MOVE,
        stall=5,
        parts=PARTS,
        deadline=judge.deadline_minutes,
        warm_up=judge.warm_up_minutes,
        cold=judge.cold_start_minutes,
        lag=4,
        move=2,
        limits={
            **{
                name: Limit(
                    ERRORS_LIMIT.harm,
                    margin,
                    judge.all_slacks[name],
                    None if name == "latency" else ERRORS_LIMIT.cold,
                )
                for name, margin in judge.all_margins.items()
            },
            **quantile_limits(judge.margins.latency, judge.all_slacks["latency"]),
        },
    )
