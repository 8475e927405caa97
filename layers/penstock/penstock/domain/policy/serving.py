"""The policy's `serving`: what differs from the present setup, or all of it for a first release."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from penstock.domain.kinds.table import KINDS
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.policy.section import Section, one_of
from penstock.domain.policy.tags import MOST_TAGS, OURS, TagKey, TagValue

KindName = Annotated[
    str, AfterValidator(one_of(KINDS)), WithJsonSchema({"enum": [*KINDS], "type": "string"})
]

# Endpoint, configuration, variant and package group names share one form (facts 2.1, 3.1).
AWS_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$"
AwsName = Annotated[str, StringConstraints(pattern=AWS_NAME, max_length=63)]
S3Uri = Annotated[str, StringConstraints(pattern=r"^s3://[^/]+(/.*)?$", max_length=512)]
KeyArn = Annotated[
    str,
    StringConstraints(
        pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/\S+$", max_length=2048
    ),
]
RoleArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+$", max_length=2048)
]
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")]
ContentType = Annotated[str, StringConstraints(min_length=1, max_length=256)]


def _short(text: str) -> str:
    if len(text.encode()) > MOST_SETTING_BYTES:
        raise ValueError(
            f"the name or value of an environment variable may have at most {MOST_SETTING_BYTES} "
            "bytes"
        )
    return text


# Name and value in a model's environment (EnvironmentKey, EnvironmentValue of the service model).
MOST_SETTING_BYTES = 1024
Setting = Annotated[str, StringConstraints(max_length=MOST_SETTING_BYTES), AfterValidator(_short)]
Variable = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$")]


class Vpc(Section):
    """The VPC of the model's containers (limits of CreateModel)."""

    subnets: tuple[str, ...] = Field(min_length=1, max_length=16, description="Ids of the subnets.")
    security_group_ids: tuple[str, ...] = Field(
        min_length=1, max_length=5, description="Ids of the security groups."
    )


class DataCapture(Section):
    """Copies of the requests and responses of every variant in S3 (facts 3.6)."""

    percent: int = Field(
        ge=0, le=100, description="Share of the requests that is captured, in percent."
    )
    destination_s3_uri: S3Uri = Field(
        description="S3 URI of the prefix that the copies are written to."
    )
    capture: tuple[Literal["input", "output"], ...] = Field(
        default=("input", "output"),
        min_length=1,
        max_length=2,
        description="Whether requests (`input`), responses (`output`) or both are captured.",
    )
    kms_key_arn: KeyArn | None = Field(default=None, description="Key that encrypts the copies.")
    csv_content_types: tuple[ContentType, ...] = Field(
        default=(), max_length=10, description="Content types that are stored as CSV."
    )
    json_content_types: tuple[ContentType, ...] = Field(
        default=(),
        max_length=10,
        description="Content types that are stored as JSON; all others are stored as base64.",
    )

    def request(self) -> dict[str, object]:
        """The DataCaptureConfig of CreateEndpointConfig."""
        kinds = {
            "CsvContentTypes": list(self.csv_content_types),
            "JsonContentTypes": list(self.json_content_types),
        }
        header = {name: types for name, types in kinds.items() if types}
        return {
            "EnableCapture": True,
            "InitialSamplingPercentage": self.percent,
            "DestinationS3Uri": self.destination_s3_uri,
            "CaptureOptions": [{"CaptureMode": mode.capitalize()} for mode in self.capture],
            **({"KmsKeyId": self.kms_key_arn} if self.kms_key_arn else {}),
            **({"CaptureContentTypeHeader": header} if header else {}),
        }


class ServingSection(Section):
    """How the model is served. The ranges are those of CreateEndpointConfig (facts 3.1)."""

    kind: KindName = Field(default="realtime", description="The kind of endpoint.")
    execution_role_arn: RoleArn | None = Field(
        default=None, description="Execution role of the model; within the stack's ServingRoleArns."
    )
    instance_type: InstanceType | None = Field(
        default=None, description="Instance type, such as ml.m5.large."
    )
    instance_count: int | None = Field(
        default=None,
        ge=1,
        description="Instances at creation. Later releases keep or raise the present count.",
    )
    candidate_instance_count: int | None = Field(
        default=None,
        ge=1,
        description="Instances of the candidate. Default: 1.25 times what its largest share needs.",
    )
    variant_name: AwsName | None = Field(
        default=None,
        description="Name of the serving variant. Default: the present name, else `live`.",
    )
    environment: dict[Variable, Setting | None] = Field(
        default_factory=dict,
        max_length=100,
        description="Environment variables of the container; null removes one that was kept.",
    )
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict,
        max_length=MOST_TAGS - len(OURS),
        description="Tags on every resource that a release creates.",
    )
    inference_specification_name: AwsName | None = Field(
        default=None,
        description=(
            "Additional inference specification of the package to release instead of its main one."
        ),
    )
    vpc: Vpc | None = Field(default=None, description="VPC of the model's containers.")
    network_isolation: bool | None = Field(
        default=None, description="Whether the containers have no network access."
    )
    kms_key_arn: KeyArn | None = Field(
        default=None,
        description=(
            "Key of the instances' volumes; in this region and within the stack's KmsKeyArns."
        ),
    )
    data_capture: DataCapture | None = Field(
        default=None, description="Copies of requests and responses in S3."
    )
    volume_gb: int | None = Field(
        default=None, ge=1, le=512, description="Size of the instances' volume in GB."
    )
    startup_timeout_seconds: int | None = Field(
        default=None,
        ge=60,
        le=3600,
        description="Time that a new container has to pass its health check, in seconds.",
    )
    routing: Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM", "PREFIX_AWARE"] | None = Field(
        default=None,
        description="How SageMaker distributes requests over the instances of a variant.",
    )

    @model_validator(mode="after")
    def _is_possible(self) -> "ServingSection":
        if self.variant_name == CANDIDATE:
            raise ValueError(f"variant_name: `{CANDIDATE}` is reserved for the canary variant")
        offered_not = KINDS[self.kind].offers_no
        if given := [name for name in offered_not if getattr(self, name)]:
            raise ValueError(f"SageMaker offers no {', '.join(given)} on a {self.kind} endpoint")
        return self
