"""The demo's HTML page: one file that loads nothing else."""

import base64
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from examples.demo.charts import chart
from examples.demo.deployment import BACK
from examples.demo.findings import agreement_part, experiment_part
from examples.demo.markup import document, element
from examples.demo.report import Band, Check, Report, Restored, Scenario

STYLE = Path(__file__).with_name("page.css")
COLUMNS = ("scenario", "ended", "why", "served", "failed", "first bad request to restored")


def write(report: Report, folder: Path) -> None:
    """Write report.json and report.html into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.model_dump_json(indent=2) + "\n")
    (folder / "report.html").write_text(page(report))


def page(report: Report) -> str:
    """Return the page as HTML text."""
    sections = [_section(scenario) for scenario in report.scenarios]
    main = element("main", _header(report), _summary(report), *sections, _footer(report))
    return document("Penstock demo", STYLE, main)


def _header(report: Report) -> Element:
    verdict = "every scenario ended as expected" if report.as_expected else "NOT as expected"
    figures = f"{report.seconds:.0f} s of real time, peak memory {report.peak_memory_mib:.0f} MiB"
    return element(
        "header",
        element("h1", "Penstock demo"),
        element("p", element("span", report.banner, class_="pill")),
        element("p", element("strong", verdict, class_=_mark(report.as_expected)), f", {figures}"),
    )


def _summary(report: Report) -> Element:
    head = element("tr", *(element("th", name, scope="col") for name in COLUMNS))
    rows = [element("tr", *_cells(scenario)) for scenario in report.scenarios]
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="wide")


def _cells(scenario: Scenario) -> list[Element]:
    return [
        element("td", element("a", scenario.title, href=f"#{scenario.name}")),
        element("td", _ending(scenario)),
        element("td", scenario.reason),
        element("td", f"{_served(scenario):,}", class_="number"),
        element("td", f"{_failed(scenario):,}", class_="number"),
        element("td", _restored(scenario.first_bad_request_to_restored)),
    ]


def _section(scenario: Scenario) -> Element:
    return element(
        "section",
        element("h2", scenario.title, " ", _ending(scenario)),
        element("p", scenario.story),
        element("p", element("strong", "Why: "), scenario.reason),
        element("ul", *map(_check, scenario.checks), class_="checks"),
        _legend(scenario),
        element("figure", chart(scenario)),
        *(_band(band) for band in scenario.bands),
        _taken_back(scenario.taken_back) if scenario.taken_back else None,
        *_findings(scenario),
        _comparison(scenario) if scenario.comparison else None,
        _told(scenario),
        _bars(scenario) if scenario.bars else None,
        _answered(scenario),
        id=scenario.name,
    )


def _findings(scenario: Scenario) -> Iterator[Element]:
    minutes = scenario.simulated_seconds / 60
    if scenario.agreement:
        yield from agreement_part(scenario.agreement, minutes)
    if scenario.experiment:
        yield from experiment_part(scenario.experiment, minutes)


def _comparison(scenario: Scenario) -> Element:
    """Embed the chart as an image, because it has its own style."""
    encoded = base64.b64encode((scenario.comparison or "").encode()).decode()
    words = f"{scenario.title}: evidence, harm and shares by minute"
    picture = element("img", src=f"data:image/svg+xml;base64,{encoded}", alt=words)
    return element("figure", element("figcaption", "What the judge saw"), picture)


def _ending(scenario: Scenario) -> Element:
    ended = scenario.outcome.replace("_", " ")
    if scenario.as_expected:
        return element("span", f"✓ {ended}", class_="pill ok")
    wanted = scenario.expected.replace("_", " ")
    return element(
        "span", f"✗ {ended}, expected {wanted} with all checks passed", class_="pill wrong"
    )


def _check(check: Check) -> Element:
    return element(
        "li", f"{'✓' if check.passed else '✗'} {check.words}", class_=_mark(check.passed)
    )


def _legend(scenario: Scenario) -> Element:
    names = dict.fromkeys(name for step in scenario.shares for name in step.shares)
    others = [name for name in names if name != scenario.model]
    return element(
        "p",
        _key("candidate", f"{scenario.model} (candidate)"),
        *(_key("live", f"{name} (live)") for name in others),
        _key("failed", "failed requests"),
        _key("back", BACK) if scenario.taken_back else None,
        class_="legend",
    )


def _key(role: str, words: str) -> Element:
    return element("span", element("i", class_=role), words)


def _told(scenario: Scenario) -> Element:
    rows = [
        element(
            "li",
            element("time", f"{told.minute:.1f} min"),
            element("strong", told.title),
            element("span", told.text),
            class_="bad" if told.bad else "",
        )
        for told in scenario.timeline
    ]
    return element("ol", *rows, class_="told")


def _band(band: Band) -> Element:
    """Write a band of the chart in words, for readers without the picture."""
    rows = [
        element(
            "tr",
            element("td", f"{span.minute:.1f} to {span.until:.1f}", class_="number"),
            element("td", span.label),
            element("td", span.text),
            class_="bad" if span.role == "back" else "",
        )
        for span in band.spans
    ]
    head = element("tr", *(element("th", name) for name in ("minutes", "what", "in words")))
    table = element("table", element("thead", head), element("tbody", *rows))
    summary = element("summary", f"In words: {band.title}")
    return element("details", summary, element("div", table, class_="wide"))


def _taken_back(why: str) -> Element:
    return element("p", element("strong", "What took the old fleet back: "), why)


def _bars(scenario: Scenario) -> Element:
    rows = [
        element(
            "tr",
            element("td", bar.rule),
            element("td", bar.value, class_="number"),
            element("td", "passed" if bar.passed else "missed", class_=_mark(bar.passed)),
        )
        for bar in scenario.bars
    ]
    head = element("tr", *(element("th", name) for name in ("bar", "value", "verdict")))
    return element("table", element("thead", head), element("tbody", *rows))


def _answered(scenario: Scenario) -> Element:
    rows = [
        element(
            "tr",
            element("td", row.variant),
            element("td", row.model),
            element("td", f"{row.served:,}", class_="number"),
            element("td", f"{row.failed:,}", class_="number"),
        )
        for row in scenario.requests
    ]
    names = ("variant", "model", "served", "failed")
    head = element("tr", *(element("th", name) for name in names))
    return element("table", element("thead", head), element("tbody", *rows))


def _footer(report: Report) -> Element:
    items = [element("li", item) for item in report.not_enforced]
    return element(
        "footer",
        element("p", "This ran on the local twin, not on AWS. The twin does not enforce:"),
        element("ul", *items),
    )


def _restored(restored: Restored | None) -> str:
    if restored is None:
        return "no bad request"
    simulated = restored.simulated_seconds / 60
    return f"{simulated:.1f} simulated min, {restored.real_seconds:.1f} real s"


def _served(scenario: Scenario) -> int:
    return sum(row.served for row in scenario.requests)


def _failed(scenario: Scenario) -> int:
    return sum(row.failed for row in scenario.requests)


def _mark(good: bool) -> str:
    return "ok" if good else "wrong"
