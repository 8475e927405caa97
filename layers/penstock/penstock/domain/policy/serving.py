"""The policy's `serving`: what differs from what serves now; all of it for a first release."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from penstock.domain.kinds.table import KINDS
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.policy.section import Section, one_of
from penstock.domain.policy.tags import MOST, OURS, TagKey, TagValue

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
    if len(text.encode()) > MOST_BYTES:
        raise ValueError(
            f"the name or value of an environment variable may have at most {MOST_BYTES} bytes"
        )
    return text


# Name and value in a model's environment (EnvironmentKey, EnvironmentValue of the service model).
MOST_BYTES = 1024
Setting = Annotated[str, StringConstraints(max_length=MOST_BYTES), AfterValidator(_short)]
Variable = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$")]


class Vpc(Section):
    """The subnets and security groups the model's containers run in (CreateModel limits)."""

    subnets: tuple[str, ...] = Field(min_length=1, max_length=16)
    security_group_ids: tuple[str, ...] = Field(min_length=1, max_length=5)


class DataCapture(Section):
    """Copies of requests and responses in S3, of every variant (facts 3.6)."""

    percent: int = Field(ge=0, le=100)
    destination_s3_uri: S3Uri
    capture: tuple[Literal["input", "output"], ...] = Field(
        default=("input", "output"), min_length=1, max_length=2
    )
    kms_key_arn: KeyArn | None = None
    csv_content_types: tuple[ContentType, ...] = Field(default=(), max_length=10)
    json_content_types: tuple[ContentType, ...] = Field(default=(), max_length=10)

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


class Serving(Section):
    """How the model is served; ranges are those of CreateEndpointConfig (facts 3.1)."""

    kind: KindName = "realtime"
    execution_role_arn: RoleArn | None = None
    instance_type: InstanceType | None = None
    instance_count: int | None = Field(
        default=None, ge=1, description="At creation only; afterwards auto-scaling's business."
    )
    candidate_instance_count: int | None = Field(default=None, ge=1)
    variant_name: AwsName | None = None
    environment: dict[Variable, Setting | None] = Field(default_factory=dict, max_length=100)
    tags: dict[TagKey, TagValue] = Field(default_factory=dict, max_length=MOST - len(OURS))
    inference_specification_name: AwsName | None = None
    vpc: Vpc | None = None
    network_isolation: bool | None = None
    kms_key_arn: KeyArn | None = None
    data_capture: DataCapture | None = None
    volume_gb: int | None = Field(default=None, ge=1, le=512)
    startup_timeout_seconds: int | None = Field(default=None, ge=60, le=3600)
    routing: Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM", "PREFIX_AWARE"] | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> "Serving":
        if self.variant_name == CANDIDATE:
            raise ValueError(f"variant_name: `{CANDIDATE}` is reserved for the canary variant")
        offered_not = KINDS[self.kind].offers_no
        if given := [name for name in offered_not if getattr(self, name)]:
            raise ValueError(f"SageMaker offers no {', '.join(given)} on a {self.kind} endpoint")
        return self
