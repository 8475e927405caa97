"""How each CloudFormation resource type is created: by the calls CloudFormation itself makes.

Going through boto3 lets botocore check every property against the service's own model. A property
that no creator takes ends in the census.
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
    """What a resource answers to Ref (`physical_id`) and to GetAtt."""

    physical_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Properties:
    """The properties of one resource; remembers which of them nobody took."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, name: str, default: Any = None) -> Any:
        """Return one property."""
        return self._values.pop(name, default)

    def need(self, name: str) -> Any:
        """Return a property without which there is no resource."""
        if name not in self._values:
            raise KeyError(f"the property {name} is missing")
        return self._values.pop(name)

    def tag(self, tags: Mapping[str, str], *, as_map: bool) -> None:
        """Add the tags of the stack; those of the resource itself win."""
        merged = {**tags, **tags_as_map(self._values.get("Tags", []))}
        self._values["Tags"] = merged if as_map else tags_as_list(merged)

    def refuse(self, *names: str) -> None:
        """Stop at a property whose absence would be noticed only when things go wrong."""
        for name in names:
            if name in self._values:
                raise NotSupportedByTwin(f"the property {name}")

    def some(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Return those that are there; `renamed` maps a property to the API's name for it."""
        wanted = {name: name for name in names} | renamed
        return {api: self._values.pop(name) for name, api in wanted.items() if name in self._values}

    @property
    def left(self) -> list[str]:
        return sorted(self._values)


@dataclass
class Context:
    """What creators share: clients, names, and the facts other parts of the twin need later."""

    stack: str
    account: str
    region: str
    client: Callable[[str], Client]
    artefacts: dict[str, Path]
    tags: Mapping[str, str] = field(default_factory=dict)
    logical_id: str = ""
    kind: str = ""
    generation: int = 0
    """How many deployments of the stack there were before the one that makes the resource."""
    notes: list[str] = field(default_factory=list)
    without_effect: dict[str, list[str]] = field(default_factory=dict)
    code: dict[str, tuple[Path, tuple[Path, ...]]] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)

    def name(self, limit: int, given: str | None = None) -> str:
        """Return the given name, or one as CloudFormation invents it.

        It is the same every time, but for a resource that is made again by a later deployment.
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
        """Add to the census: something of this resource is not as on AWS."""
        self.notes.append(f"{self.logical_id}: {text}")

    def idle(self, properties: Iterable[str]) -> None:
        """Add to the census: these properties have no effect in the twin."""
        for name in properties:
            self.without_effect.setdefault(f"{self.kind}.{name}", []).append(self.logical_id)

    @property
    def census(self) -> list[str]:
        """What of the template has no effect here, or not the one it has on AWS."""
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
"""The types that CloudFormation gives the tags of the stack to."""
_TAGGED_BY_MAP = frozenset({"AWS::SSM::Parameter"})

Creator = Callable[[Context, Properties], Created]

# Taken and kept by moto, and without consequence there.
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
    """Create one resource, and note in the census what of it has no effect."""
    context.idle(name for name in IDLE.get(context.kind, ()) if name in properties)
    if context.tags and context.kind in TAGGABLE:
        properties.tag(context.tags, as_map=context.kind in _TAGGED_BY_MAP)
    created = creator(context, properties)
    context.idle(properties.left)
    return created


def tags_as_list(tags: Any) -> list[dict[str, str]]:
    """CloudFormation tags are a list of Key and Value for most types, a map for some."""
    if isinstance(tags, Mapping):
        return [{"Key": key, "Value": value} for key, value in tags.items()]
    return list(tags)


def tags_as_map(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags_as_list(tags)}
