"""What a place shows: a configuration whose variants share the requests, or a pointer's value.

Both answer the same questions, so neither ledger nor protocol asks which of the two it has.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from penstock.domain.ledger import naming

WHOLE = 10_000
"""Weights are integers out of this, all variants in every call (facts 3.4: they are relative)."""
TOLERANCE = 0.00005
"""Two shares this close are the same share: half of the least step, 1 / WHOLE."""
CANDIDATE = "candidate"
"""The name of the variant that a release puts beside the serving one."""

Shape = Literal["stable", "restored", "staging"]
"""The candidate is not there, answers nobody (it may get copies), or takes some requests."""


class Variants(BaseModel):
    """A configuration and how its variants share the requests."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    config: str = Field(description="Name of the endpoint configuration.")
    weights: dict[str, int] = Field(description="Weight of each production variant, out of WHOLE.")
    shadows: dict[str, int] = Field(
        default={}, description="Weight of each shadow variant, out of WHOLE: the share copied."
    )
    package: str | None = Field(
        default=None, description="ARN of the model package that it serves, where known."
    )
    kind: str = Field(default="realtime", description="Serving kind, whose adapter changes it.")

    @property
    def name(self) -> str:
        """What it is called, on SageMaker and in sentences."""
        return self.config

    @property
    def several(self) -> bool:
        """Whether more than one variant is there, also one without requests, or a shadow."""
        return len(self.weights) + len(self.shadows) > 1

    def share(self, variant: str) -> float:
        """The part of all requests that `variant` takes, 0..1; 0 when it is not there."""
        total = sum(self.weights.values())
        return self.weights.get(variant, 0) / total if total else 0.0

    def answered(self, variant: str) -> float:
        """The part of all requests that `variant` answers, copies included, 0..1."""
        return self.share(variant) + self.shadows.get(variant, 0) / WHOLE

    def same(self, other: "Content | None") -> bool:
        """Whether both are one configuration with the same shares, within TOLERANCE."""
        if not isinstance(other, Variants) or self.config != other.config:
            return False
        if set(self.weights) != set(other.weights) or self.shadows != other.shadows:
            return False
        return all(abs(self.share(name) - other.share(name)) <= TOLERANCE for name in self.weights)

    @property
    def shape(self) -> Shape:
        """stable: the candidate is not there; restored: it answers nobody; else staging."""
        if CANDIDATE not in {*self.weights, *self.shadows} or not self.several:
            return "stable"
        return "staging" if self.share(CANDIDATE) > TOLERANCE else "restored"

    def staged(self, endpoint: str) -> bool:
        """Whether a release of this endpoint made it on the way to its final content."""
        return naming.is_on_the_way(endpoint, self.config)

    def at(self, percent: float) -> "Variants":
        """The same with the candidate at so many percent; the one beside it takes the others."""
        live = next(name for name in self.weights if name != CANDIDATE)
        return self.model_copy(update={"weights": split_weights(live, CANDIDATE, percent)})

    def copying(self, percent: float) -> "Variants":
        """The same with copies of so many percent of the requests for the candidate."""
        return self.model_copy(update={"shadows": {CANDIDATE: round(percent * WHOLE / 100)}})

    def restored(self) -> "Variants":
        """The same without requests to the candidate; the others share them evenly."""
        weights = {name: 0 if name == CANDIDATE else WHOLE for name in self.weights}
        return self.model_copy(update={"weights": weights})

    def serving(self, package: str | None) -> "Variants":
        """The same, known to serve this package."""
        return self.model_copy(update={"package": package})

    def of_kind(self, kind: str) -> "Variants":
        """The same, changed by the adapter of this kind: a look does not always tell the kind."""
        return self.model_copy(update={"kind": kind})

    def __str__(self) -> str:
        copied = f", shadows {self.shadows}" if self.shadows else ""
        return f"{self.config} {self.weights}{copied}"


class Pointer(BaseModel):
    """A parameter and its value, by which jobs or clients find their model.

    A pointer moves at once: there is no candidate beside what it names.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    parameter: str = Field(description="Name of the parameter.")
    value: str = Field(description="Value of the parameter: the model that jobs or clients use.")
    package: str | None = Field(
        default=None, description="ARN of the model package that it serves, where known."
    )
    kind: str = Field(description="Serving kind, whose adapter changes it.")

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return self.value

    @property
    def weights(self) -> dict[str, int]:
        """It shares nothing out."""
        return {}

    @property
    def shadows(self) -> dict[str, int]:
        """It copies nothing."""
        return {}

    @property
    def several(self) -> bool:
        """Nothing is beside what it names."""
        return False

    @property
    def shape(self) -> Shape:
        """Whole at any time."""
        return "stable"

    def share(self, _variant: str) -> float:
        """No requests are counted by a pointer."""
        return 0.0

    def answered(self, _variant: str) -> float:
        """No requests are counted by a pointer."""
        return 0.0

    def same(self, other: "Content | None") -> bool:
        """Whether both are one parameter with one value."""
        mine = (self.parameter, self.value)
        return isinstance(other, Pointer) and mine == (other.parameter, other.value)

    def staged(self, _endpoint: str) -> bool:
        """A pointer is never half-way."""
        return False

    def at(self, _percent: float) -> "Pointer":
        """A pointer has no shares."""
        return self

    def copying(self, _percent: float) -> "Pointer":
        """A pointer has no copies."""
        return self

    def restored(self) -> "Pointer":
        """A pointer has no shares."""
        return self

    def serving(self, package: str | None) -> "Pointer":
        """The same, known to serve this package."""
        return self.model_copy(update={"package": package})

    def of_kind(self, kind: str) -> "Pointer":
        """The same, changed by the adapter of this kind."""
        return self.model_copy(update={"kind": kind})

    def __str__(self) -> str:
        return f"{self.parameter} {self.value}"


def _tag(value: Any) -> str:
    """What was written before pointers carries no tag: it has a configuration."""
    names = value if isinstance(value, Mapping) else getattr(value, "__dict__", ())
    return "pointer" if "parameter" in names else "variants"


Content = Annotated[
    Annotated[Variants, Tag("variants")] | Annotated[Pointer, Tag("pointer")],
    Discriminator(_tag),
]


def difference(shown: Content | None, left: Content | None) -> str:
    """What a drift is called: the same words for the same difference, whoever finds it."""
    there = str(shown) if shown else "no endpoint"
    return f"the endpoint shows {there}; the ledger expects {left.name if left else 'nothing'}"


def split_weights(live: str, candidate: str, percent: float) -> dict[str, int]:
    """Weights that give the candidate `percent` of the requests.

    >>> split("live", "candidate", 5)
    {'live': 9500, 'candidate': 500}
    """
    part = round(percent * WHOLE / 100)
    return {live: WHOLE - part, candidate: part}


def from_weights(
    config: str, weights: Mapping[str, float], copied: Mapping[str, float] | None = None
) -> Variants:
    """Content as DescribeEndpoint shows it, its weights brought to integers out of WHOLE.

    `copied` has the share of the requests (0..1) that each shadow variant gets copies of.
    """
    total = sum(weights.values())
    scale = WHOLE / total if total else 0.0
    return Variants(
        config=config,
        weights={n: round(w * scale) for n, w in weights.items()},
        shadows={n: round(share * WHOLE) for n, share in (copied or {}).items()},
    )
