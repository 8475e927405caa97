"""Captured requests and answers: the files that endpoints write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class CapturedLines(NamedTuple):
    """Lines of files; not `whole` where there are more than can be read at once."""

    lines: Sequence[str]
    whole: bool


class Captures(Protocol):
    """Files of data capture, as SageMaker writes them."""

    def read(
        self, s3_uri: str, endpoint: str, variant: str, first: int, until: int
    ) -> CapturedLines:
        """The lines of a variant that were delivered since `first`, oldest files first.

        Args:
            s3_uri: The destination of the capture.
            endpoint: Name of the endpoint.
            variant: Name of the production or shadow variant.
            first: In ms. Files that were written before are left out.
            until: In ms. The hours from `first` to then are looked at.

        Raises:
            Denied, Missing, RefusedByAws, Unavailable: They cannot be read.
        """
        ...
