"""What the stack's parameters allow. Whoever reads the settings needs no policy for it."""

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What the template's parameters allow, as patterns with `*`."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    endpoint_pattern: str = Field(default="*", description="Names of endpoints, in lower case.")
    serving_roles: tuple[str, ...] = Field(default=(), description="ARNs of execution roles.")
    report_buckets: tuple[str, ...] = Field(
        default=(), description="ARNs of buckets and objects of reports and artefacts."
    )
    golden_buckets: tuple[str, ...] = Field(
        default=(), description="ARNs of buckets and objects of golden requests."
    )
    capture_buckets: tuple[str, ...] = Field(
        default=(), description="ARNs of buckets and objects of captured requests and answers."
    )
    kms_keys: tuple[str, ...] = Field(
        default=(), description="ARNs of keys of endpoint configurations."
    )
