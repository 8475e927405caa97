"""What an endpoint shows: a configuration and how its variants share the traffic."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

WHOLE = 10_000
"""Weights are integers out of this, all variants in every call (facts 3.4: they are relative)."""
TOLERANCE = 0.0005
"""Two shares this close are the same share."""

Shape = Literal["stable", "restored", "staging"]


class Content(BaseModel):
    """A configuration and the weight of each of its variants; `package` is whom it serves."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    config: str
    weights: dict[str, int]
    package: str | None = None

    def share(self, variant: str) -> float:
        """The part of all requests that `variant` takes, 0..1; 0 when it is not there."""
        total = sum(self.weights.values())
        return self.weights.get(variant, 0) / total if total else 0.0

    def same(self, other: "Content | None") -> bool:
        """Whether both are one configuration with the same shares, within TOLERANCE."""
        if other is None or self.config != other.config or set(self.weights) != set(other.weights):
            return False
        return all(abs(self.share(name) - other.share(name)) <= TOLERANCE for name in self.weights)

    def serving(self, package: str | None) -> "Content":
        """The same content, known to serve `package`."""
        return self.model_copy(update={"package": package})

    def shape(self, candidate: str) -> Shape:
        """stable: one variant; restored: the candidate is there without traffic; else staging."""
        if candidate not in self.weights or len(self.weights) == 1:
            return "stable"
        return "staging" if self.share(candidate) > TOLERANCE else "restored"


def difference(shown: Content | None, left: Content | None) -> str:
    """What a drift is called: the same words for the same difference, whoever finds it."""
    there = f"{shown.config} {shown.weights}" if shown else "no endpoint"
    return f"the endpoint shows {there}; the ledger expects {left.config if left else 'nothing'}"


def split(live: str, candidate: str, percent: float) -> dict[str, int]:
    """Weights that give the candidate `percent` of the requests.

    >>> split("live", "candidate", 5)
    {'live': 9500, 'candidate': 500}
    """
    part = round(percent * WHOLE / 100)
    return {live: WHOLE - part, candidate: part}


def from_weights(config: str, weights: Mapping[str, float]) -> Content:
    """Content as DescribeEndpoint shows it, its weights brought to integers out of WHOLE."""
    total = sum(weights.values())
    scale = WHOLE / total if total else 0.0
    return Content(config=config, weights={n: round(w * scale) for n, w in weights.items()})
