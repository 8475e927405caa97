"""The policy's `rollout.on_revocation`: what follows when what serves loses its approval."""

from typing import Literal

from pydantic import Field

from penstock.domain.policy.section import Section

OnRevocation = Literal["notify", "roll_back"]


class RevocationKeys(Section):
    """Keys of `rollout` about a package that serves and is rejected after its release."""

    on_revocation: OnRevocation = Field(
        default="notify",
        description=(
            "What follows when the package that serves is rejected: people are notified, or the "
            "newest earlier release whose package is still approved serves again."
        ),
    )
