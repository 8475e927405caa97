"""Release alarms: a coarse safety net under the judge, one set for each phase."""

from penstock.domain.kinds.series import Fleet, Published
from penstock.domain.kinds.table import KINDS
from penstock.domain.ledger import naming
from penstock.domain.planning.brake import brake_name
from penstock.domain.planning.check import Check
from penstock.domain.planning.stage import PhaseName
from penstock.domain.policy.judge import JudgeSection

COARSENESS = 10
"""An alarm fires at this multiple of the margin that the judge proves."""
MINIMUM_EVENTS = 2
"""A minute with fewer failing (or slow) requests never fires, because one failure of one is no
rate.
"""


def every_name(endpoint: str) -> tuple[str, ...]:
    """The alarms that any release of `endpoint` may have left, whatever its kind is by now."""
    phases: tuple[PhaseName, ...] = ("candidate", "live")
    known = (kind.releases.published.alarm_formulas for kind in KINDS.values() if kind.releases)
    watched = list(dict.fromkeys(check for formulas in known for check in formulas))
    every = (_name(endpoint, check, phase) for phase in phases for check in watched)
    return (*every, brake_name(endpoint))


def names(
    endpoint: str, judge: JudgeSection, phase: PhaseName, published: Published
) -> tuple[str, ...]:
    """The alarms that one phase of a release of `endpoint` has."""
    return tuple(_name(endpoint, check, phase) for check in _watched(published, judge))


def checks(
    endpoint: str,
    variant: str,
    config: str,
    judge: JudgeSection,
    phase: PhaseName,
    published: Published,
) -> tuple[Check, ...]:
    """The alarms for `variant` while `config` serves."""
    fleet = Fleet(endpoint, config, variant)
    return tuple(
        _check(_name(endpoint, signal, phase), signal, fleet, judge, published)
        for signal in _watched(published, judge)
    )


def _watched(published: Published, judge: JudgeSection) -> list[str]:
    """The signals that have an alarm; without an objective not those that need one."""
    blind = judge.latency_objective_ms is None
    return [
        n
        for n, formula in published.alarm_formulas.items()
        if not (blind and formula.needs_objective)
    ]


def _name(endpoint: str, check: str, phase: PhaseName) -> str:
    """Name of an alarm.

    The phase is last, because `churn` and `churn-live` must not share a name.
    """
    return naming.alarm(endpoint, check if phase == "candidate" else f"{check}-live")


def _check(
    name: str, signal: str, fleet: Fleet, judge: JudgeSection, published: Published
) -> Check:
    formula, objective = published.alarm_formulas[signal], judge.latency_objective_ms
    bar = min(COARSENESS * judge.all_margins[signal], 0.5)
    enough = f">= {MINIMUM_EVENTS}" if formula.whole else f"> {MINIMUM_EVENTS - 0.5}"
    bad = formula.says.format(objective_ms=objective)
    return Check(
        name=name,
        description=f"More than {bar:.1%} of {fleet.variant}'s requests {bad}.",
        series={
            short: published.statistic(measure, fleet, objective)
            for short, measure in formula.measures.items()
        },
        formulas={**formula.formulas, "share": f"(bad {enough}) * {formula.share}"},
        threshold=bar,
    )
