"""Shadow: the candidate is only watched. Whatever is found, live is kept."""

from collections.abc import Iterator

from penstock.domain.planning.stage import Stage
from penstock.domain.strategies.shadow_stage import shadow_stage
from penstock.domain.strategies.strategy import Draft, Strategy


def shadow_stages(draft: Draft) -> Iterator[Stage]:
    """The shadow alone. It ends with a finding instead of a promotion."""
    yield shadow_stage(draft, "over")


SHADOW = Strategy("shadow", reads=(), stages=shadow_stages, needs=("shadow_minutes",))
