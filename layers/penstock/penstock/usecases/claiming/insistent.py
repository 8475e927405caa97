"""Reports for a release: what AWS cannot answer now is asked again, and counts for nothing."""

from dataclasses import dataclass

from penstock.domain.errors import Unavailable, UnreadableNow
from penstock.review_ports import Reports, ReportText


@dataclass(frozen=True)
class InsistentReports:
    """A review takes no answer for "no verdict"; a release would be refused by it, for good."""

    reports: Reports

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        """The report; raises NoVerdict, or Unavailable where only AWS is in trouble."""
        try:
            return self.reports.read(uri, expected_digest)
        except UnreadableNow as error:
            raise Unavailable(str(error)) from error

    def artefact(self, uri: str) -> str:
        """What names the artefact's bytes; raises as `read` does."""
        try:
            return self.reports.artefact(uri)
        except UnreadableNow as error:
            raise Unavailable(str(error)) from error
