"""`penstock power --goal`: its options, and the policy's goal behind them."""

import argparse
import json
from collections.abc import Mapping

from penstock.domain.errors import Refused
from penstock.domain.planning.aims import aim_of
from penstock.domain.policy.goal import GoalSection
from penstock.domain.policy.json_text import laid_over
from penstock.domain.policy.policy import parse_policy
from penstock.domain.policy.rollout import RolloutSection
from penstock_cli.goal_power import GoalQuestion, goal_power
from penstock_cli.goal_power_text import goal_power_json, goal_power_text
from penstock_cli.policy_file import ANYBODYS, document_in

_UNNAMED = {"name": "outcome", "namespace": "none", "metric": "none"}


def add_goal_options(parser: argparse.ArgumentParser) -> None:
    """What can be asked about the goal of an A/B test."""
    goal = parser.add_argument_group(
        "with --goal", "What is not given is taken from the policy, if there is one."
    )
    goal.add_argument(
        "--goal", action="store_true", help="how many days an A/B test needs for its goal"
    )
    goal.add_argument("--least-effect", type=float, metavar="E", help="the difference to find")
    goal.add_argument("--confidence", type=float, metavar="C", help="of the decision (0.95)")
    goal.add_argument("--share", type=float, metavar="PERCENT", help="the candidate's (50)")
    goal.add_argument("--max-days", type=int, metavar="D", help="how long it may take (14)")
    goal.add_argument(
        *("--bounds",), type=float, nargs=2, metavar=("LEAST", "MOST"), help="of a value"
    )
    goal.add_argument("--mean", type=float, metavar="M", help="live's, of a value")
    goal.add_argument(
        *("--spread",),
        type=float,
        metavar="SD",
        help="standard deviation of a value (the largest that its bounds allow)",
    )


def goal_answer(asked: argparse.Namespace) -> str:
    """The page, or the document with `--json`.

    Raises:
        Refused: An option is missing, or is not possible together with the others.
    """
    rollout = _rollout(asked)
    goal = rollout.goal
    if goal is None:
        raise Refused(f"{asked.policy}: the policy has no rollout.goal")
    question = GoalQuestion(
        goal.name,
        aim_of(goal),
        asked.requests_per_minute,
        _mean(asked, goal),
        _spread_of(asked, goal),
        rollout.share / 100,
        rollout.max_days,
        goal.delay_minutes,
        asked.seed,
    )
    answer = goal_power(question)
    return goal_power_json(answer) if asked.json else goal_power_text(answer)


def _rollout(asked: argparse.Namespace) -> RolloutSection:
    """The policy's, with the options laid over it."""
    goal = {"least_effect": asked.least_effect, "confidence": asked.confidence}
    if asked.bounds:
        goal |= {"kind": "value", "bounds": asked.bounds}
    options = {"share": asked.share, "max_days": asked.max_days, "goal": _given(goal)}
    if asked.policy:
        written = document_in(asked.policy)
        rollout = written.get("rollout")
        if not isinstance(rollout, Mapping) or not rollout.get("goal"):
            raise Refused(f"{asked.policy}: the policy has no rollout.goal")
    else:
        written = {"rollout": {"strategy": "ab", "goal": {**_UNNAMED, "delay_minutes": 0}}}
    whole = laid_over(laid_over(ANYBODYS, written), {"rollout": _given(options)})
    return parse_policy(json.dumps(whole), asked.policy or "of these options").rollout


def _given(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def _mean(asked: argparse.Namespace, goal: GoalSection) -> float:
    """Live's mean outcome, from which the least effect leads to a possible one."""
    option = "baseline" if goal.kind == "rate" else "mean"
    mean: float | None = getattr(asked, option)
    if mean is None:
        raise Refused(f"--{option} is required with --goal, because the goal is a {goal.kind}")
    low, high = goal.limits
    if not low < mean < high:
        raise Refused(f"--{option}: {mean:g} is not between {low:g} and {high:g}")
    effect = goal.least_effect if goal.better == "higher" else -goal.least_effect
    if not low <= mean + effect <= high:
        raise Refused(
            f"--{option}: {mean:g} cannot become better by {goal.least_effect:g} within "
            f"{low:g} and {high:g}"
        )
    return mean


def _spread_of(asked: argparse.Namespace, goal: GoalSection) -> float | None:
    spread: float | None = asked.spread
    if spread is None:
        return None
    if goal.kind == "rate":
        raise Refused("--spread: a rate's spread follows from its --baseline")
    low, high = goal.limits
    most = ((asked.mean - low) * (high - asked.mean)) ** 0.5
    if not 0 < spread < most:
        raise Refused(
            f"--spread: {spread:g} is not between 0 and {most:.4g}, the largest that is possible "
            f"with this mean and these bounds"
        )
    return spread
