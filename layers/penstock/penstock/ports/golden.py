"""Golden requests: the files that people keep them in, and the models that are asked them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # a protocol is asked for its names alone
    from penstock.domain.golden.golden_file import GoldenRequest


class GoldenFiles(Protocol):
    """Files of golden requests: people's own, and those that plans keep."""

    def read(self, s3_uri: str) -> bytes:
        """A file of people, as it is now.

        Raises:
            Refused: It is missing, too large, or cannot be read. The sentence says which.
            Unavailable: S3 did not answer.
        """
        ...

    def keep(self, sha256: str, data: bytes) -> None:
        """Keep the bytes that were read, under their digest (hex). Keeping them twice is fine."""
        ...

    def kept(self, sha256: str) -> bytes:
        """The bytes with this digest (hex).

        Raises:
            Damaged: They are gone, or were edited.
            Denied: The role may not read them.
            Unavailable: S3 did not answer.
        """
        ...


class ModelAnswer(NamedTuple):
    """A model's answer: its HTTP status, and its body as text."""

    status: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  # HTTP


class Models(Protocol):
    """The models of endpoints. Asking one changes nothing."""

    def ask(
        self, endpoint: str, variant: str, request: GoldenRequest, timeout_seconds: int
    ) -> ModelAnswer:
        """Ask the model of a variant, which may have no traffic. An error of the model is an
        answer.

        Raises:
            Unavailable: There was no answer in time, or SageMaker throttled the request.
            Denied: The role may not invoke the endpoint.
            Missing, RefusedByAws: SageMaker does not take the request, such as for want of the
                variant.
        """
        ...
