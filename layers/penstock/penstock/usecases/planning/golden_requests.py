"""Read the golden requests of a policy, as they are when the release is planned."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from penstock.domain.golden.asking import Golden
from penstock.domain.golden.golden_file import read_golden
from penstock.domain.policy.golden import GoldenSection
from penstock.ports.golden import GoldenFiles


class GoldenRead(NamedTuple):
    """What a plan keeps of a file, and the file's bytes."""

    golden: Golden
    data: bytes


@dataclass(frozen=True)
class GoldenRequests:
    """Reads a policy's file, and keeps what was read: a later change of the file has no effect."""

    files: GoldenFiles

    def read(self, section: GoldenSection | None) -> GoldenRead | None:
        """The file, checked. None if the policy names none.

        Raises:
            Refused: It is missing or no such file. The sentence says what is wrong.
            Unavailable: S3 did not answer.
        """
        if section is None:
            return None
        data = self.files.read(section.s3_uri)
        golden = Golden(
            s3_uri=section.s3_uri,
            sha256=hashlib.sha256(data).hexdigest(),
            requests=len(read_golden(data, section.s3_uri)),
            at_least=section.at_least,
            timeout_seconds=section.timeout_seconds,
        )
        return GoldenRead(golden, data)

    def keep(self, read: GoldenRead | None) -> None:
        """Keep the bytes, before a plan names them."""
        if read:
            self.files.keep(read.golden.sha256, read.data)
