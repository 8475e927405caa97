"""Policies in memory, kept as the texts that people write."""

import json
from functools import lru_cache

from penstock.domain.errors import Missing
from penstock.domain.policy import parse_policy
from penstock.review_ports import StoredPolicy
from tests.fakes.wire import Wire

_parsed = lru_cache(parse_policy)
"""Policies are frozen; simulated histories read the same few thousands of times."""


class FakePolicies:
    """Policies; every `put` makes a new version, `modified_at` in ms."""

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._modified: dict[str, int] = {}

    def put(self, group: str, text: str, modified_at: int = 0) -> None:
        self._texts[group] = text
        self._versions[group] = self._versions.get(group, 0) + 1
        self._modified[group] = modified_at

    def remove(self, group: str) -> None:
        """Somebody deletes the parameter; one that is gone is fine."""
        self._texts.pop(group, None)

    def policy(self, group: str) -> StoredPolicy:
        return self.wire("policies.policy", lambda: self._policy(group))

    def _policy(self, group: str) -> StoredPolicy:
        if group not in self._texts:
            raise Missing(f"there is no policy of {group}")
        version = str(self._versions[group])
        policy = _parsed(self._texts[group], version)
        return StoredPolicy(group, version, self._modified[group], policy)

    def endpoints(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for group, text in self._texts.items():
            try:
                document = json.loads(text)
            except ValueError:
                continue
            if isinstance(document, dict) and isinstance(document.get("endpoint"), str):
                found[group] = document["endpoint"]
        return found
