"""Resources that the endpoints of an account use, as a survey found them."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from penstock.domain.ledger.gate import Gate

NEVER = 1 << 62
"""A time after every other (ms): of no resource is it known who uses it."""


class Use(BaseModel):
    """What an endpoint has used since it was last modified."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")

    modified: int = Field(description="When it was last modified, in ms.")
    configs: tuple[str, ...] = Field(description="Names of its configurations.")
    models: tuple[str, ...] = Field(description="Names of its models.")
    lost: bool = Field(
        default=False,
        description=(
            "Whether one of its configurations was deleted, so that its models are unknown."
        ),
    )


class Usage(NamedTuple):
    """What a survey found.

    `used` are configurations and models of every endpoint that was modified at or after `since`
    (ms) or is changing now. `spoken` are configurations that the gates of other endpoints speak
    of. `models` says what configurations name, for all that were asked for; None: nobody knows.
    `alike` are gates of endpoints whose models bear the same names.
    """

    used: frozenset[str] = frozenset()
    since: int = NEVER
    spoken: frozenset[str] = frozenset()
    models: Mapping[str, frozenset[str]] | None = None
    alike: tuple[Gate, ...] = ()

    def spares(self, name: str, born: int) -> bool:
        """Whether no endpoint uses a resource that has existed since `born` (ms) at the earliest.

        An endpoint that was last modified before a resource was created cannot use it.
        """
        return born >= self.since and name not in self.used
