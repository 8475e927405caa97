"""Golden files in memory, and models that answer golden requests."""

import hashlib
from dataclasses import dataclass, field

from penstock.domain.errors import Damaged, Missing, PenstockError, Refused, Unavailable
from penstock.domain.golden.golden_file import MOST_GOLDEN_BYTES, GoldenRequest
from penstock.ports.golden import ModelAnswer
from tests.fakes.cloud import FakeCloud
from tests.fakes.wire import Wire


@dataclass
class FakeGoldenFiles:
    """Golden files: people's in `files`, by URI, and those of plans in `stored`, by digest."""

    wire: Wire = field(default_factory=Wire)
    files: dict[str, bytes] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)

    def read(self, s3_uri: str) -> bytes:
        return self.wire("golden.read", lambda: self._read(s3_uri))

    def _read(self, s3_uri: str) -> bytes:
        said = f"the golden requests {s3_uri} cannot be read"
        if s3_uri not in self.files:
            raise Refused(f"{said}: there is none")
        data = self.files[s3_uri]
        if len(data) > MOST_GOLDEN_BYTES:
            raise Refused(f"{said}: they have {len(data)} bytes, more than {MOST_GOLDEN_BYTES}")
        return data

    def keep(self, sha256: str, data: bytes) -> None:
        self.wire("golden.keep", lambda: self.stored.__setitem__(sha256, data), writes=True)

    def kept(self, sha256: str) -> bytes:
        return self.wire("golden.kept", lambda: self._kept(sha256))

    def _kept(self, sha256: str) -> bytes:
        if sha256 not in self.stored:
            raise Damaged("the golden requests that were read at Plan are gone")
        data = self.stored[sha256]
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged("the golden requests that were read at Plan were edited")
        return data


@dataclass
class FakeModels:
    """Models that answer with the request's body, but for what a test says.

    `answers` are other answers: model package and body to status and text. `asked` is every
    request that reached a model: its variant, its package and its body. `faults` are met by the
    next requests, one each; `late` models take longer than any request waits.
    """

    cloud: FakeCloud
    wire: Wire = field(default_factory=Wire)
    answers: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    faults: list[PenstockError] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        return self.wire(
            "models.ask", lambda: self._ask(endpoint, variant, request, timeout_seconds)
        )

    def _ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        if self.faults:
            raise self.faults.pop(0)
        package, body = self._package(endpoint, variant), request.body.decode(errors="replace")
        if package in self.late:
            self.cloud.clock.advance(timeout_seconds)
            raise Unavailable("the model did not answer in time")
        self.asked.append((variant, package, body))
        return ModelAnswer(*self.answers.get((package, body), (200, body)))

    def _package(self, endpoint: str, variant: str) -> str:
        """The model package that a variant serves, or its model's name where people made it."""
        view = self.cloud.shown(endpoint)
        if view is None or variant not in view.content.weights:
            raise Missing(f"variant {variant} of {endpoint} not found")
        variants = self.cloud.configs[view.content.name]["ProductionVariants"]
        (name,) = (v["ModelName"] for v in variants if v["VariantName"] == variant)
        container = self.cloud.models[name].get("PrimaryContainer", {})
        return str(container.get("ModelPackageName", name))
