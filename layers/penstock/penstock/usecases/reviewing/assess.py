"""Assess a package: read its reports, apply the bars, and bind what was reviewed."""

from collections.abc import Mapping

from penstock.domain.errors import NoVerdict, Refused
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.bars import judge_bars
from penstock.domain.reviewing.package import Package, ReportSource
from penstock.domain.reviewing.reports import Report, Unreadable, keep, parse_report
from penstock.domain.reviewing.review import BarAssessment, Bound
from penstock.ports.registry import Reports


def assess(
    package: Package,
    policy: Policy,
    reports: Reports,
    live_metrics: Mapping[str, object] | None,
) -> BarAssessment:
    """Assess a package once. Nothing is written.

    Args:
        package: The package, as registered.
        policy: The policy of its group.
        reports: Reads reports and artefacts.
        live_metrics: Metrics of the live package: {} if unknown, None if nothing is live.

    Returns:
        The result of each bar, and the digests of what was read. Every report is read, because the
        live package is remembered by it. Only reports that a bar names count.
    """
    package, lacking = _specified(package, policy.serving.inference_specification_name)
    bars = policy.approval.bars
    found = {name: _read(source, reports) for name, source in package.reports.items()}
    named = {bar.report for bar in bars}
    artefacts, unknowns = _artefacts(package, reports)
    return BarAssessment(
        results=judge_bars(bars, found, live_metrics),
        unknowns=(*lacking, *unknowns),
        bound=Bound(
            reports={
                package.reports[name].uri: f"sha256:{report.digest}"
                for name, report in found.items()
                if name in named and not isinstance(report, Unreadable)
            },
            artefacts=artefacts,
            images={
                c.image: c.image_digest for c in package.containers if c.image and c.image_digest
            },
            settings={
                f"container {n}": c.settings_digest for n, c in enumerate(package.containers, 1)
            },
        ),
        metrics=keep(bars, found),
    )


def _specified(package: Package, name: str | None) -> tuple[Package, tuple[str, ...]]:
    """The package with the specification that is released, or why it lacks it.

    It may be added later.
    """
    try:
        return package.specified(name), ()
    except Refused as lacking:
        return package, (str(lacking),)


def _read(source: ReportSource, reports: Reports) -> Report:
    try:
        text = reports.read(source.uri, source.digest)
    except NoVerdict as error:
        return Unreadable(str(error))
    return parse_report(text.text, text.sha256)


def _artefacts(package: Package, reports: Reports) -> tuple[dict[str, str], list[str]]:
    digests: dict[str, str] = {}
    unknowns: list[str] = []
    for uri in (uri for container in package.containers for uri in container.artefacts):
        try:
            digests[uri] = reports.artefact(uri)
        except NoVerdict as error:
            unknowns.append(str(error))
    return digests, unknowns
