"""What an account has before a stack is deployed into it, and how the stack is deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.iam import keys
from twin.iam.policy_language import check

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Before:
    """The account's own: keys, boundaries, an organisation; and the tags of the deployment."""

    keys: Mapping[str, Document] = field(default_factory=dict)
    """Id of a KMS key -> its policy."""
    boundaries: Mapping[str, Document] = field(default_factory=dict)
    """Name of a policy that can be a permissions boundary -> the policy."""
    control_policies: tuple[Document, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """`sam deploy --tags`: CloudFormation gives them to every resource that can have tags."""

    def furnish(self, iam: Any) -> None:
        """Make the keys and the policies."""
        for name, policy in self.keys.items():
            keys.create(name, policy)
        for name, document in self.boundaries.items():
            check(document)
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
