"""Bars: compare a package's reports, and live's stored metrics, with the policy."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.policy.approval import Bar, ReportName, Rule
from penstock.domain.reviewing.figures import NotANumber, look_up
from penstock.domain.reviewing.reports import (
    Document,
    Report,
    Unreadable,
    kept_document,
    kept_value,
)

BarVerdict = Literal["pass", "miss", "no_verdict"]


class BarResult(BaseModel):
    """The result of one bar."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    metric: str = Field(description="The bar's JMESPath expression.")
    report: str = Field(description="The report that the metric was read from.")
    rule: Rule = Field(description="The bar's rule.")
    threshold: float = Field(description="The figure of the rule.")
    value: float | None = Field(
        description="The value found in the report. null where there is no finite number."
    )
    live_value: float | None = Field(
        default=None, description="The value of the live package, for rules that compare with it."
    )
    verdict: BarVerdict = Field(
        description="`no_verdict`: a value is unknown, so the bar neither passes nor misses."
    )
    sentence: str = Field(description="The result as a sentence.")


class _Found(NamedTuple):
    verdict: BarVerdict
    sentence: str
    value: float | None = None
    live_value: float | None = None


def judge_bars(
    bars: Iterable[Bar],
    reports: Mapping[ReportName, Report],
    live: Mapping[str, object] | None,
) -> tuple[BarResult, ...]:
    """The result of every bar.

    Args:
        bars: The policy's bars.
        reports: The package's reports.
        live: Stored metrics of the live package: {} if unknown, None if nothing is live.
    """
    return tuple(_result(bar, _find(bar, reports.get(bar.report), live)) for bar in bars)


def overall(results: Iterable[BarResult]) -> BarVerdict:
    """The verdict of all bars: one miss decides, otherwise one bar without a verdict leaves it
    open.
    """
    verdicts = {result.verdict for result in results}
    if "miss" in verdicts:
        return "miss"
    return "no_verdict" if "no_verdict" in verdicts else "pass"


def _result(bar: Bar, found: _Found) -> BarResult:
    return BarResult(
        metric=bar.metric,
        report=bar.report,
        rule=bar.rule,
        threshold=bar.threshold,
        value=found.value,
        live_value=found.live_value,
        verdict=found.verdict,
        sentence=f"{bar.metric} {found.sentence}",
    )


def _find(bar: Bar, report: Report | None, live: Mapping[str, object] | None) -> _Found:
    if report is None:
        return _Found("miss", f"is missing: the package has no {bar.report} report")
    if isinstance(report, Unreadable):
        return _Found("no_verdict", f"is unknown: {report.reason}")
    if not isinstance(report, Document):
        return _Found("miss", f"is missing: the {bar.report} report is not JSON")
    value = look_up(bar.metric, report.content)
    if isinstance(value, NotANumber):
        return _Found("miss", f"{value.reason} in the {bar.report} report")
    if bar.rule in ("at_least", "at_most"):
        return _absolute(bar, value)
    return _against_live(bar, value, live)


def _absolute(bar: Bar, value: float) -> _Found:
    verdict = _compare(bar, Decimal(repr(value)))
    word = bar.rule.replace("_", " ")
    return _Found(
        verdict, f"is {_said(value)}, {_be(verdict)} {word} {_said(bar.threshold)}", value
    )


def _against_live(bar: Bar, value: float, live: Mapping[str, object] | None) -> _Found:
    if live is None:
        return _Found(
            "pass", f"is {_said(value)}; there is no live package yet to compare it with", value
        )
    there = _live_value(bar, live)
    if there is None:
        sentence = f"is {_said(value)}, but its value for the live package is unknown"
        return _Found("no_verdict", sentence, value)
    difference = Decimal(repr(value)) - Decimal(repr(there))
    verdict = _compare(bar, difference)
    word = bar.rule.removesuffix("_vs_live").replace("_", " ")
    sentence = (
        f"is {_said(value)} and live's is {_said(there)}; the difference is "
        f"{_said(float(difference))}, {_be(verdict)} {word} {_said(bar.threshold)}"
    )
    return _Found(verdict, sentence, value, there)


def _live_value(bar: Bar, live: Mapping[str, object]) -> float | None:
    kept = live.get(bar.report)
    known = kept_value(kept, bar.metric)
    if known is not None:
        return known
    value = look_up(bar.metric, kept_document(kept))
    return None if isinstance(value, NotANumber) else value


def _compare(bar: Bar, figure: Decimal) -> BarVerdict:
    """Compare as decimals, because 0.845 - 0.85 is exactly -0.005, which floats miss by 4e-18."""
    threshold = Decimal(repr(bar.threshold))
    clears = figure >= threshold if bar.rule.startswith("at_least") else figure <= threshold
    return "pass" if clears else "miss"


def _be(verdict: BarVerdict) -> str:
    return "which is" if verdict == "pass" else "which is not"


def _said(figure: float) -> str:
    """A figure with every digit, so that 0.8499999 does not read as 0.85."""
    return repr(figure).removesuffix(".0")
