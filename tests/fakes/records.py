"""Evidence records in memory, as JSON."""

import json
from collections.abc import Mapping

from penstock.domain.errors import Missing


class FakeRecords:
    """Records; `kept` is URI to JSON text."""

    def __init__(self, bucket: str = "evidence") -> None:
        self.kept: dict[str, str] = {}
        self._bucket = bucket

    def keep(self, key: str, record: Mapping[str, object]) -> str:
        uri = f"s3://{self._bucket}/{key}"
        self.kept[uri] = json.dumps(record, allow_nan=False)
        return uri

    def read(self, uri: str) -> Mapping[str, object]:
        if uri not in self.kept:
            raise Missing(f"{uri} does not exist")
        document: dict[str, object] = json.loads(self.kept[uri])
        return document
