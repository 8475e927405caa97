"""Policies in memory, kept as the texts that people write."""

import json
from functools import lru_cache

from penstock.domain.errors import Denied, Missing, Refused
from penstock.domain.policy.policy import Policy, parse_policy
from penstock.domain.reviewing.package import check_group_name
from penstock.ports.ledger import Feeder
from penstock.ports.registry import StoredPolicy
from tests.fakes.wire import Wire

_parsed = lru_cache(1024)(parse_policy)
"""Policies are frozen; simulated histories read the same few thousands of times."""


class FakePolicies:
    """Policies; every `put` makes a new version, `modified_at` in ms.

    `listed` counts how often all of them were read.
    """

    def __init__(self, wire: Wire | None = None) -> None:
        self.wire = wire or Wire()
        self.listed = 0
        self._texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._modified: dict[str, int] = {}
        self._sealed: set[str] = set()

    def put(self, group: str, text: str, modified_at: int = 0) -> None:
        self._texts[group] = text
        self._versions[group] = self._versions.get(group, 0) + 1
        self._modified[group] = modified_at

    def remove(self, group: str) -> None:
        """Somebody deletes the parameter; one that is gone is fine."""
        self._texts.pop(group, None)

    def seal(self, group: str) -> None:
        """Its key may not be used (any more)."""
        self._sealed.add(group)

    def policy(self, group: str) -> StoredPolicy:
        return self.wire("policies.policy", lambda: self._policy(group))

    def _policy(self, group: str) -> StoredPolicy:
        check_group_name(group)
        if group in self._sealed:
            raise Denied(f"GetParameter: the key of {group} may not be used")
        if group not in self._texts:
            raise Missing(f"there is no policy of {group}")
        version = str(self._versions[group])
        return StoredPolicy(group, version, self._modified[group], self.peek(group))

    def peek(self, group: str) -> Policy:
        """The policy, read by the test itself."""
        if group not in self._texts:
            raise Missing(f"there is no policy of {group}")
        return _parsed(self._texts[group], str(self._versions[group]))

    def endpoints(self) -> dict[str, Feeder]:
        self.listed += 1
        return {
            group: Feeder(self._endpoint(group, text), str(self._versions[group]))
            for group, text in self._texts.items()
        }

    def _endpoint(self, group: str, text: str) -> str | None:
        try:
            check_group_name(group)
            document = json.loads("" if group in self._sealed else text)
        except (Refused, ValueError):
            return None
        endpoint = document.get("endpoint") if isinstance(document, dict) else None
        return endpoint if isinstance(endpoint, str) else None
