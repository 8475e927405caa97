"""Reports and artefacts in memory."""

import hashlib

from penstock.domain.errors import NoVerdict, UnreadableNow
from penstock.ports.registry import ReportText


class FakeReports:
    """Reports; what `files` does not hold cannot be read, what is in `throttled` not now."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.throttled: set[str] = set()

    def put(self, uri: str, data: bytes) -> None:
        self.files[uri] = data

    def read(self, uri: str, expected_digest: str | None) -> ReportText:
        self._ask("report", uri)
        data = self._bytes("report", uri)
        digest = hashlib.sha256(data).hexdigest()
        if expected_digest and expected_digest.lower() != f"sha256:{digest}":
            raise NoVerdict(f"the report {uri} is not the registered one: its digest differs")
        return ReportText(data.decode("utf-8-sig", errors="replace"), digest)

    def artefact(self, uri: str) -> str:
        self._ask("artefact", uri)
        if uri.endswith("/"):
            below = sorted(u for u in self.files if u.startswith(uri))
            if not below:
                raise NoVerdict(f"the artefact {uri} cannot be read: there is none")
            names = "".join(u + self._etag(u) for u in below)
            return f"listing:{hashlib.sha256(names.encode()).hexdigest()}"
        self._bytes("artefact", uri)
        return f"etag:{self._etag(uri)}"

    def _etag(self, uri: str) -> str:
        return hashlib.md5(self.files[uri], usedforsecurity=False).hexdigest()

    def _ask(self, what: str, uri: str) -> None:
        if uri in self.throttled:
            raise UnreadableNow(f"the {what} {uri} cannot be read: Reduce your request rate.")

    def _bytes(self, what: str, uri: str) -> bytes:
        if uri not in self.files:
            raise NoVerdict(f"the {what} {uri} cannot be read: there is none")
        return self.files[uri]
