"""Acts on an endpoint beside the place: a rehearsal endpoint is created, and deleted again."""

from penstock.domain.kinds.endpoint import EndpointView
from penstock.domain.planning.stage import Beside
from penstock.usecases.moving.act import Acted

APPEARS_WITHIN_MS = 180_000
"""How long a new endpoint may be unknown, in ms."""


def made_by_us(endpoint: str, view: EndpointView | None) -> EndpointView | None:
    """A rehearsal endpoint, if a release made it: its configuration has its name."""
    return view if view and view.content.name == endpoint else None


def next_beside(beside: Beside, view: EndpointView | None) -> Acted | None:
    """The result of an act on an endpoint beside, inside the lock. None: the call is to be made."""
    ours = made_by_us(beside.endpoint, view)
    if beside.up and view and ours is None:
        return Acted("empty", taken(beside))
    if beside.up:
        return Acted("done") if ours else None
    return None if ours and ours.status != "Deleting" else Acted("done")


def taken(beside: Beside) -> str:
    """Why there can be no rehearsal: somebody else has an endpoint of this name."""
    return f"there is an endpoint {beside.endpoint} already that no rehearsal created"
