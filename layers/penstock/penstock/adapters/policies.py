"""Policies in SSM Parameter Store: one parameter per model package group."""

import json
from typing import Any

from penstock.adapters.failures import translated
from penstock.domain.policy import parse_policy
from penstock.review_ports import StoredPolicy


class ParameterPolicies:
    """Policies, through a boto3 SSM client; `path` has no slash at its end."""

    def __init__(self, client: Any, path: str) -> None:
        self._client = client
        self._path = path

    def policy(self, group: str) -> StoredPolicy:
        """The group's policy; raises Missing or Refused."""
        with translated():
            found = self._client.get_parameter(Name=f"{self._path}/{group}", WithDecryption=True)
        parameter = found["Parameter"]
        version = str(parameter["Version"])
        return StoredPolicy(
            group=group,
            version=version,
            modified_at=round(parameter["LastModifiedDate"].timestamp() * 1000),
            policy=parse_policy(parameter["Value"], version),
        )

    def endpoints(self) -> dict[str, str]:
        """Group to endpoint, over every parameter directly below the path."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(
            Path=self._path, Recursive=False, WithDecryption=True
        )
        with translated():
            parameters = [p for page in pages for p in page["Parameters"]]
        named = {p["Name"].rpartition("/")[2]: _endpoint(p["Value"]) for p in parameters}
        return {group: endpoint for group, endpoint in named.items() if endpoint}


def _endpoint(text: str) -> str | None:
    """The endpoint that a policy names, also when the policy is not valid otherwise."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    endpoint = document.get("endpoint") if isinstance(document, dict) else None
    return endpoint if isinstance(endpoint, str) else None
