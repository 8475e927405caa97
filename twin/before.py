"""The contents of an account before a stack is deployed into it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.iam import keys
from twin.iam.policy_language import check

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """An account's KMS keys, permissions boundaries and organisation, and the deployment's tags."""

    keys: Mapping[str, Document] = field(default_factory=dict)
    """Maps the id of each KMS key to its policy."""
    boundaries: Mapping[str, Document] = field(default_factory=dict)
    """Maps the name of each policy that can be a permissions boundary to the policy."""
    control_policies: tuple[Document, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """The tags of `sam deploy --tags`. CloudFormation adds them to every resource with tags."""

    def furnish(self, iam: Any) -> None:
        """Create the keys and the policies."""
        for name, policy in self.keys.items():
            keys.create(name, policy)
        for name, document in self.boundaries.items():
            check(document)
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
