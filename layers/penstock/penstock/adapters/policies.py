"""Policies in SSM Parameter Store: one parameter per model package group."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from penstock.adapters.failures import translated
from penstock.domain.errors import PenstockError, Refused, Unavailable
from penstock.domain.policy.policy import parse_policy
from penstock.domain.reviewing.package import check_group_name
from penstock.ports.ledger import Feeder
from penstock.ports.registry import StoredPolicy


class _Text(NamedTuple):
    """A parameter. It has no text while it is encrypted."""

    group: str
    text: str | None
    version: str

    @property
    def feeder(self) -> Feeder:
        return Feeder(_endpoint(self.group, self.text), self.version)


class ParameterPolicies:
    """Policies, through a boto3 SSM client; `path`, asked each time, has no slash at its end."""

    def __init__(self, client: Any, path: Callable[[], str]) -> None:
        self._client = client
        self._path = path

    def policy(self, group: str) -> StoredPolicy:
        """The group's policy.

        Raises:
            Missing, Refused, Denied: As in the port.
        """
        check_group_name(group)
        parameter = self._parameter(group)
        version = str(parameter["Version"])
        return StoredPolicy(
            group=group,
            version=version,
            modified_at=round(parameter["LastModifiedDate"].timestamp() * 1000),
            policy=parse_policy(parameter["Value"], version),
        )

    def endpoints(self) -> dict[str, Feeder]:
        """The endpoint of every policy, by group.

        Each policy is a parameter directly below the path.

        Parameter Store decrypts all parameters of a page or none. If one cannot be decrypted, they
        are listed without decryption, and the encrypted ones are read one by one.
        """
        try:
            found = list(self._listed(decrypted=True))
        except Unavailable:
            raise
        except PenstockError:
            found = list(self._one_by_one())
        return {text.group: text.feeder for text in found}

    def _one_by_one(self) -> Iterator[_Text]:
        for each in self._listed(decrypted=False):
            readable = each.text is not None
            yield each if readable else each._replace(text=self._decrypted(each.group))

    def _decrypted(self, group: str) -> str | None:
        try:
            return str(self._parameter(group)["Value"])
        except Unavailable:
            raise
        except PenstockError:
            return None  # whoever asks for this policy is told why

    def _listed(self, *, decrypted: bool) -> Iterator[_Text]:
        """Ten per page, the maximum of Parameter Store (facts 7)."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=self._path(), Recursive=False, WithDecryption=decrypted
        )
        with translated():
            parameters = [p for page in pages for p in page["Parameters"]]
        for parameter in parameters:
            group = parameter["Name"].rpartition("/")[2]
            text = _text(parameter, decrypted=decrypted)
            yield _Text(group, text, str(parameter["Version"]))

    def _parameter(self, group: str) -> Mapping[str, Any]:
        with translated():
            found = self._client.get_parameter(Name=f"{self._path()}/{group}", WithDecryption=True)
        parameter: Mapping[str, Any] = found["Parameter"]
        return parameter


def _text(parameter: Mapping[str, Any], *, decrypted: bool) -> str | None:
    readable = decrypted or parameter["Type"] != "SecureString"
    return str(parameter["Value"]) if readable else None


def _endpoint(group: str, text: str | None) -> str | None:
    """The endpoint that a policy names, even if the policy is otherwise invalid."""
    try:
        check_group_name(group)
        document = json.loads(text or "")
    except (Refused, ValueError, RecursionError):
        return None
    endpoint = document.get("endpoint") if isinstance(document, dict) else None
    return endpoint if isinstance(endpoint, str) else None
