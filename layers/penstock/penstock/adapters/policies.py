"""Policies in SSM Parameter Store: one parameter per model package group."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.errors import PenstockError, Refused, Unavailable
from penstock.domain.package import check_group_name
from penstock.domain.policy import parse_policy
from penstock.review_ports import StoredPolicy


class ParameterPolicies:
    """Policies, through a boto3 SSM client; `path`, asked each time, has no slash at its end."""

    def __init__(self, client: Any, path: Callable[[], str]) -> None:
        self._client = client
        self._path = path

    def policy(self, group: str) -> StoredPolicy:
        """The group's policy; raises Missing, Refused or Denied."""
        check_group_name(group)
        parameter = self._parameter(group)
        version = str(parameter["Version"])
        return StoredPolicy(
            group=group,
            version=version,
            modified_at=round(parameter["LastModifiedDate"].timestamp() * 1000),
            policy=parse_policy(parameter["Value"], version),
        )

    def endpoints(self) -> dict[str, str | None]:
        """Group to endpoint, over every parameter directly below the path.

        Parameter Store decrypts all or none of a page. So where one cannot be decrypted, they are
        listed as they are, and those that are encrypted are read one by one.
        """
        try:
            texts: dict[str, str | None] = dict(self._listed(decrypted=True))
        except Unavailable:
            raise
        except PenstockError:
            texts = dict(self._one_by_one())
        return {group: _endpoint(group, text) for group, text in texts.items()}

    def _one_by_one(self) -> Iterator[tuple[str, str | None]]:
        for group, text in self._listed(decrypted=False):
            yield group, text if text is not None else self._decrypted(group)

    def _decrypted(self, group: str) -> str | None:
        try:
            return str(self._parameter(group)["Value"])
        except Unavailable:
            raise
        except PenstockError:
            return None  # whoever asks for this policy is told why

    def _listed(self, *, decrypted: bool) -> Iterator[tuple[str, str | None]]:
        """Group and text; None for what is still encrypted."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=self._path(), Recursive=False, WithDecryption=decrypted
        )
        with translated():
            parameters = [p for page in pages for p in page["Parameters"]]
        for parameter in parameters:
            yield parameter["Name"].rpartition("/")[2], _text(parameter, decrypted=decrypted)

    def _parameter(self, group: str) -> Mapping[str, Any]:
        with translated():
            found = self._client.get_parameter(Name=f"{self._path()}/{group}", WithDecryption=True)
        parameter: Mapping[str, Any] = found["Parameter"]
        return parameter


def _text(parameter: Mapping[str, Any], *, decrypted: bool) -> str | None:
    readable = decrypted or parameter["Type"] != "SecureString"
    return str(parameter["Value"]) if readable else None


def _endpoint(group: str, text: str | None) -> str | None:
    """The endpoint that a policy names, also when the policy is not valid otherwise."""
    try:
        check_group_name(group)
        document = json.loads(text or "")
    except (Refused, ValueError, RecursionError):
        return None
    endpoint = document.get("endpoint") if isinstance(document, dict) else None
    return endpoint if isinstance(endpoint, str) else None
