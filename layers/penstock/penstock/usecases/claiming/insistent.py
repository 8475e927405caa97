"""Reports for a release: a transient failure is retried and is no verdict."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable, UnreadableNow
from penstock.ports.registry import Reports, ReportText


@dataclass(frozen=True)
class InsistentReports:
    """Turns a transient failure into Unavailable. A review counts it as "no verdict", which
    would refuse a release.
    """

    reports: Reports

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        """Read a report.

        Raises:
            NoVerdict: It cannot be read.
            Unavailable: A transient failure.
        """
        try:
            return self.reports.read(uri, expected_digest)
        except UnreadableNow as error:
            raise Unavailable(str(error)) from error

    def artefact(self, uri: str) -> str:
        """The identity of the artefact's bytes. It raises as `read` does."""
        try:
            return self.reports.artefact(uri)
        except UnreadableNow as error:
            raise Unavailable(str(error)) from error
