"""The chart of the comparison of candidate and live, drawn from the release's transcript."""

from examples.demo.report import Ending
from penstock.domain.planning import comparison_settings
from penstock.domain.planning.legs import legs_of
from penstock.domain.policy.policy import Policy
from penstock_cli.minutes import read_minutes
from penstock_cli.plot import plotted
from penstock_cli.replay import ReplayVerdict, replay


def picture(transcript: str, policy: Policy, outcome: Ending, reason: str) -> str:
    """Return an SVG of evidence and its threshold, harm and its budget, and traffic shares."""
    settings = comparison_settings.judge_settings(policy)
    minutes = read_minutes(transcript)
    lines = list(replay(minutes, settings, legs_of(policy)))
    last = lines[-1].minute
    if outcome == "promoted":
        return plotted(lines, ReplayVerdict("promote", last, reason), settings)
    return plotted(lines, ReplayVerdict("roll_back", last, reason), settings)
