"""Creates each resource type with the API calls that CloudFormation makes.

The calls go through boto3, where botocore validates every property against the service's model.
The census lists the properties that no creator uses.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin.core.hooks import NotSupportedByTwin

Client = Any  # a boto3 client


@dataclass(frozen=True)
class Created:
    """A resource's values of Ref (`physical_id`) and GetAtt."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Properties:
    """The properties of one resource. It records which of them no creator used."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, name: str, default: Any = None) -> Any:
        """Return one property, or the default."""
        return self._values.pop(name, default)

    def need(self, name: str) -> Any:
        """Return a required property."""
        if name not in self._values:
            raise KeyError(f"the property {name} is missing")
        return self._values.pop(name)

    def tag(self, tags: Mapping[str, str], *, as_map: bool) -> None:
        """Add the stack's tags. The resource's own tags take precedence."""
        merged = {**tags, **tags_as_map(self._values.get("Tags", []))}
        self._values["Tags"] = merged if as_map else tags_as_list(merged)

    def refuse(self, *names: str) -> None:
        """Refuse properties whose missing effect would be noticed only in a failure."""
        for name in names:
            if name in self._values:
                raise NotSupportedByTwin(f"the property {name}")

    def some(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Return the properties that are present. `renamed` maps a property to the API's name."""
        wanted = {name: name for name in names} | renamed
        return {api: self._values.pop(name) for name, api in wanted.items() if name in self._values}

    @property
    def left(self) -> list[str]:
        return sorted(self._values)


@dataclass
class Context:
    """State that creators share: clients, names, and data for other parts of the twin."""

    stack: str
    account: str
    region: str
    client: Callable[[str], Client]
    artefacts: dict[str, Path]
    tags: Mapping[str, str] = field(default_factory=dict)
    logical_id: str = ""
    kind: str = ""
    generation: int = 0
    """The number of deployments of the stack before the one that creates the resource."""
    notes: list[str] = field(default_factory=list)
    without_effect: dict[str, list[str]] = field(default_factory=dict)
    code: dict[str, tuple[Path, tuple[Path, ...]]] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)

    def name(self, limit: int, given: str | None = None) -> str:
        """Return the given name, or a name such as CloudFormation generates.

        The generated name is always the same, unless a later deployment replaces the resource.
        """
        if given is not None:
            return given
        again = f"/{self.generation}" if self.generation else ""
        unique = f"{self.stack}/{self.logical_id}{again}"
        random = hashlib.sha256(unique.encode()).hexdigest()[:12]
        readable = f"{self.stack}-{self.logical_id}"[: limit - len(random) - 1]
        return f"{readable}-{random.upper()}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def note(self, text: str) -> None:
        """Add to the census that this resource differs from AWS."""
        self.notes.append(f"{self.logical_id}: {text}")

    def idle(self, properties: Iterable[str]) -> None:
        """Add to the census that these properties have no effect in the twin."""
        for name in properties:
            self.without_effect.setdefault(f"{self.kind}.{name}", []).append(self.logical_id)

    @property
    def census(self) -> list[str]:
        """Return the parts of the template whose effect differs from AWS, or that have none."""
        idle = [
            f"{name} has no effect ({', '.join(where)})"
            for name, where in sorted(self.without_effect.items())
        ]
        return [*self.notes, *idle]


TAGGABLE = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::StepFunctions::StateMachine",
    }
)
"""The resource types to which CloudFormation adds the stack's tags."""
_TAGGED_BY_MAP = frozenset({"AWS::SSM::Parameter"})

Creator = Callable[[Context, Properties], Created]

# moto stores these properties, but they have no effect.
IDLE: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("PointInTimeRecoverySpecification",),
    "AWS::Lambda::Function": (
        "Architectures",
        "EphemeralStorage",
        "LoggingConfig",
        "MemorySize",
        "TracingConfig",
    ),
    "AWS::Logs::LogGroup": ("RetentionInDays",),
    "AWS::S3::Bucket": ("OwnershipControls", "PublicAccessBlockConfiguration"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::Queue": ("MessageRetentionPeriod", "SqsManagedSseEnabled"),
    "AWS::StepFunctions::StateMachine": ("LoggingConfiguration", "TracingConfiguration"),
}


def create(creator: Creator, context: Context, properties: Properties) -> Created:
    """Create one resource, and add its properties without effect to the census."""
    context.idle(name for name in IDLE.get(context.kind, ()) if name in properties)
    if context.tags and context.kind in TAGGABLE:
        properties.tag(context.tags, as_map=context.kind in _TAGGED_BY_MAP)
    created = creator(context, properties)
    context.idle(properties.left)
    return created


def tags_as_list(tags: Any) -> list[dict[str, str]]:
    """Return tags as a list of Key and Value. CloudFormation has a map for some types."""
    if isinstance(tags, Mapping):
        return [{"Key": key, "Value": value} for key, value in tags.items()]
    return list(tags)


def tags_as_map(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags_as_list(tags)}
