"""The command `penstock`: what it takes, and where the answers go."""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.judge_settings import REFERENCE, JudgeSettings
from penstock.domain.judging.parts import parts
from penstock.domain.judging.quantiles import QUANTILES
from penstock.domain.judging.walk import Leg, ramp
from penstock.domain.planning import comparison_settings
from penstock.domain.planning.comparing import metrics
from penstock.domain.planning.completed import completed
from penstock.domain.planning.known import Known
from penstock.domain.planning.legs import legs_of
from penstock.domain.planning.steps_by_traffic import with_steps
from penstock.domain.policy.policy import Policy, parse_policy
from penstock.domain.policy.section import WEEK
from penstock.domain.policy.signals import CustomSignal
from penstock_cli.goal_command import add_goal_options, goal_answer
from penstock_cli.malformed import Malformed
from penstock_cli.minutes import read_minutes
from penstock_cli.plot import plotted
from penstock_cli.policy_file import ANYBODYS, policy_in, text_of
from penstock_cli.power import PowerQuestion, power
from penstock_cli.power_text import power_json, power_text
from penstock_cli.replay import replay, verdict_of
from penstock_cli.replay_text import replay_csv, replay_lines

BAD_INPUT = 2  # as argparse's own complaints


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 where its input is bad (the complaint goes to standard error)."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "replay":
            _replay(asked)
        else:
            _power(asked)
    except (Malformed, Refused) as error:
        sys.stderr.write(f"penstock: {error}\n")
        return BAD_INPUT
    return 0


def _replay(asked: argparse.Namespace) -> None:
    settings, legs = (
        (REFERENCE, ramp(REFERENCE)) if asked.reference else _pace(_recorded(asked.policy))
    )
    text = text_of(asked.minutes)
    try:
        minutes = read_minutes(text)
    except Malformed as error:
        raise Refused(f"{asked.minutes}: {error}") from error
    judged = list(replay(minutes, settings, legs))
    verdict = verdict_of(judged)
    if asked.plot:
        _write(asked.plot, plotted(judged, verdict, settings))
    if asked.csv:
        sys.stdout.write(replay_csv(judged))
        sys.stderr.write(f"{verdict.verdict} at minute {verdict.minute}: {verdict.reason}\n")
    else:
        sys.stdout.write(replay_lines(judged, verdict))


def _power(asked: argparse.Namespace) -> None:
    if asked.goal:
        sys.stdout.write(goal_answer(asked))
        return
    for option in ("baseline", "effect"):
        if getattr(asked, option) is None:
            raise Refused(f"--{option} is required, except with --goal")
    policy = _policy(asked.policy)
    judged = (
        metrics(policy.judge, dict.fromkeys(QUANTILES, 1.0)) if asked.policy else (asked.metric,)
    )
    strata = {name for name, part in parts(judged).items() if part.stratum}
    signals = [name for name in judged if name not in strata]
    if asked.metric not in signals:
        known = ", ".join(signals)
        raise Refused(f"--metric: the policy does not judge by {asked.metric}, but by {known}")
    question = PowerQuestion(
        *(asked.requests_per_minute, asked.baseline, asked.effect, asked.metric, asked.seed),
        tuple(name for name in judged if name != asked.metric),
        asked.begins,
        _stratum(asked, strata),
    )
    demand = Demand(question.requests_per_minute, question.of_signals)
    policy, notes = completed(policy, Known(demand))
    settings, legs = _pace(policy, demand)
    answer = power(question, settings, legs)
    sys.stderr.writelines(f"penstock: {note}\n" for note in _left_open(policy))
    page = power_json(answer, notes) if asked.json else power_text(answer, settings, legs, notes)
    sys.stdout.write(page)


def _stratum(asked: argparse.Namespace, strata: Collection[str]) -> str | None:
    """The metric of the stratum that the harm is in; None: in all of the signal."""
    if asked.stratum is None:
        return None
    found = f"{asked.metric}[{asked.stratum}]"
    if found not in strata:
        known = ", ".join(sorted(name for name in strata if name.startswith(f"{asked.metric}[")))
        raise Refused(
            f"--stratum: the policy does not judge by {found}, but by {known or 'no strata'}"
        )
    return found


def _left_open(policy: Policy) -> Iterator[str]:
    """The strata that only a plan finds, one sentence for each signal."""
    for each in policy.judge.signals:
        if isinstance(each, CustomSignal) and each.by and not each.values:
            yield (
                f"{each.name} is compared as a whole here: its values of {each.by} are looked up "
                "when a release is planned; list them in `values` to have them simulated"
            )


def _pace(policy: Policy, demand: Demand | None = None) -> tuple[JudgeSettings, tuple[Leg, ...]]:
    """The policy's settings, and its steps as a plan has them."""
    return comparison_settings.judge_settings(policy), legs_of(policy, demand)


def _recorded(path: str | None) -> Policy:
    """The policy for a recording, which does not say what live did before: steps that are open are
    adaptive, and nothing is learned from live.
    """
    policy = _policy(path)
    if policy.judge.tolerance is None or policy.judge.attempts is None:
        settings = comparison_settings.judge_settings(policy)
        sys.stderr.write(
            f"penstock: tolerance {settings.rho:g} and attempts {settings.phi:g}: the recording "
            "does not say what live taught the release; its plan does, and a policy can name both\n"
        )
    return with_steps(policy, "adaptive") if policy.rollout.steps == "by_traffic" else policy


def _policy(path: str | None) -> Policy:
    """Without one the defaults, adaptive."""
    if path is None:
        return parse_policy(json.dumps({**ANYBODYS, "rollout": {"steps": "adaptive"}}), "default")
    policy = policy_in(path)
    if not policy.rollout.compares_shares:
        raise Refused(
            f"{path}: rollout.steps: the policy has no steps, so there is no share to judge"
        )
    if not policy.rollout.steps:
        raise Refused(
            f"{path}: rollout.strategy: SageMaker chooses the shares with the strategy "
            f"{policy.rollout.strategy}, so they can be neither simulated nor replayed"
        )
    return policy


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="penstock", description="Judge releases offline.")
    commands = parser.add_subparsers(dest="command", required=True)
    again = commands.add_parser("replay", help="judge recorded minutes again")
    again.add_argument(
        "minutes", metavar="MINUTES.json", help="the recording; - reads it from stdin"
    )
    again.add_argument("--csv", action="store_true", help="a table; the verdict goes to stderr")
    again.add_argument("--plot", metavar="FILE.svg", help="draw evidence, harm and shares")
    ahead = commands.add_parser("power", help="how soon, and at what cost, a policy finds harm")
    ahead.add_argument("--requests-per-minute", type=_positive, required=True, metavar="N")
    ahead.add_argument("--baseline", type=_rate, help="live's rate, 0.001 is 0.1 %%")
    ahead.add_argument("--effect", type=_effect, help="how many times worse to find")
    ahead.add_argument("--metric", default="errors", help="errors (default), latency, or another")
    ahead.add_argument(
        "--stratum",
        metavar="BY=VALUE",
        help="the candidate is worse in this stratum of the metric alone, such as Route=/pay",
    )
    ahead.add_argument(
        "--begins",
        type=_minute,
        default=0,
        metavar="MINUTE",
        help="when the candidate begins to be worse (0: from its first request)",
    )
    ahead.add_argument("--seed", type=int, default=1, help="of the simulation (1)")
    ahead.add_argument("--json", action="store_true", help="the answer as one JSON document")
    add_goal_options(ahead)
    rules = again.add_mutually_exclusive_group()
    rules.add_argument("--reference", action="store_true", help="by settings with known values")
    whole = "whole, or only its judge and rollout; steps that it leaves open"
    rules.add_argument("--policy", metavar="POLICY.json", help=f"{whole} are adaptive")
    ahead.add_argument("--policy", metavar="POLICY.json", help=f"{whole} follow the traffic")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1e9:  # noqa: PLR2004 - requests a minute
        raise argparse.ArgumentTypeError(f"{text} is not within 0 and 1e9")
    return number


def _minute(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 2 * WEEK:
        raise argparse.ArgumentTypeError(f"{text} is not within two weeks")
    return number


def _rate(text: str) -> float:
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def _effect(text: str) -> float:
    number = float(text)
    if not 1 < number <= 1e9:  # noqa: PLR2004 - times
        raise argparse.ArgumentTypeError(f"{text} is not above 1")
    return number
