"""The requests that a release sends to SageMaker, for every serving kind."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _named_model(request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"ModelName": str()}:
            return request
    raise ValueError("a model needs its name")


def _named_config(request: dict[str, Any]) -> dict[str, Any]:
    match request:
        case {"EndpointConfigName": str(), "ProductionVariants": [{}, *_]}:
            return request
    raise ValueError("a configuration needs its name and a variant")


ModelRequest = Annotated[dict[str, Any], AfterValidator(_named_model)]
"""A CreateModel request."""
ConfigRequest = Annotated[dict[str, Any], AfterValidator(_named_config)]
"""A CreateEndpointConfig request."""


class Blueprint(BaseModel):
    """Names and whole requests, built before anything is sent.

    The final configuration's instance count is the least; promoting raises it to what is there.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    model: ModelRequest = Field(description="The CreateModel request.")
    staging: ConfigRequest | None = Field(
        description="The CreateEndpointConfig request with both variants. None without a canary."
    )
    shadow: ConfigRequest | None = Field(
        default=None,
        description=(
            "The CreateEndpointConfig request with the candidate as a shadow of what serves. None "
            "without a shadow stage."
        ),
    )
    final: ConfigRequest = Field(
        description="The CreateEndpointConfig request with the new model alone."
    )
    rehearsal: ConfigRequest | None = Field(
        default=None,
        description=(
            "The CreateEndpointConfig request of the rehearsal endpoint, which has the same name. "
            "None without a rehearsal."
        ),
    )
    tags: dict[str, str] = Field(description="Tags on every resource that the release creates.")
    model_tags: dict[str, str] = Field(
        default={}, description="Tags that people put on the model that serves."
    )
    config_tags: dict[str, str] = Field(
        default={}, description="Tags that people put on the configuration that serves."
    )
    differences: tuple[str, ...] = Field(
        default=(),
        description=(
            "How the new configuration and model differ from the present ones, one line each."
        ),
    )

    @property
    def model_name(self) -> str:
        """Name of the model, derived from the whole request: equal requests share one model."""
        return str(self.model["ModelName"])

    @property
    def variables(self) -> dict[str, str]:
        """The environment that is sent beside the package's own."""
        match self.model:
            case {"PrimaryContainer": {"Environment": {**variables}}}:
                return {str(name): str(value) for name, value in variables.items()}
        return {}

    @property
    def staging_name(self) -> str | None:
        """The configuration with both variants."""
        return str(self.staging["EndpointConfigName"]) if self.staging else None

    @property
    def rehearsal_name(self) -> str | None:
        """The rehearsal endpoint, and its configuration."""
        return str(self.rehearsal["EndpointConfigName"]) if self.rehearsal else None

    def rehearsing(self, name: str) -> "Blueprint":
        """The same with a rehearsal: the final configuration, on one instance where it has any.

        It captures no data, because the golden requests are no requests of users.
        """
        variant = dict(self.final["ProductionVariants"][0])
        if "InitialInstanceCount" in variant:
            variant["InitialInstanceCount"] = 1
        kept = {k: v for k, v in self.final.items() if k != "DataCaptureConfig"}
        request = kept | {"EndpointConfigName": name, "ProductionVariants": [variant]}
        return self.model_copy(update={"rehearsal": request})

    @property
    def shadow_name(self) -> str | None:
        """The configuration with the candidate as a shadow."""
        return str(self.shadow["EndpointConfigName"]) if self.shadow else None

    @property
    def shadow_instances(self) -> int:
        """Instances of the shadow; 0 without one."""
        found = self.shadow["ShadowProductionVariants"] if self.shadow else ()
        return sum(int(variant["InitialInstanceCount"]) for variant in found)

    def on_the_way(self, config: str) -> Mapping[str, Any] | None:
        """The request for a configuration that comes before the final one; None: there is none."""
        known = {self.shadow_name: self.shadow, self.staging_name: self.staging}
        return known.get(config)

    @property
    def final_name(self) -> str:
        """The configuration with the serving variant on the new model."""
        return str(self.final["EndpointConfigName"])
