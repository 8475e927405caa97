"""The chart of the comparison of candidate and live, drawn from the release's transcript."""

from typing import Literal

from examples.demo.report import Ending
from penstock.domain.judging.walk import Leg
from penstock.domain.planning import comparison_settings
from penstock.domain.planning.legs import stages_of
from penstock.domain.policy.policy import Policy
from penstock_cli.minutes import read_minutes
from penstock_cli.plot import plotted
from penstock_cli.replay import ReplayVerdict, replay

VERDICTS: dict[Ending, Literal["promote", "undecided"]] = {
    "promoted": "promote",
    "observed": "undecided",
}


def picture(transcript: str, policy: Policy, outcome: Ending, reason: str) -> str:
    """Return an SVG of evidence and its threshold, harm and its budget, and traffic shares."""
    settings = comparison_settings.judge_settings(policy)
    minutes = read_minutes(transcript)
    lines = list(replay(minutes, settings, _legs(policy)))
    verdict = ReplayVerdict(VERDICTS.get(outcome, "roll_back"), lines[-1].minute, reason)
    return plotted(lines, verdict, settings)


def _legs(policy: Policy) -> list[Leg]:
    """Of all stages that compare. A deployment is judged at the shares that SageMaker chose."""
    return [
        Leg(stage.present_percent / 100, stage.judged_by, stage.ramp)
        for stage in stages_of(policy)
        if stage.compared and not stage.keeps
    ]
