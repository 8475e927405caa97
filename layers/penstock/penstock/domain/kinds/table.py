"""The table of serving kinds, and the one answer to what SageMaker offers on each."""

from penstock.domain.errors import Refused
from penstock.domain.kinds.asynchronous import ASYNC
from penstock.domain.kinds.batch import BATCH
from penstock.domain.kinds.kind import Kind, Releases
from penstock.domain.kinds.multi_container import MULTI_CONTAINER
from penstock.domain.kinds.multi_model import MULTI_MODEL
from penstock.domain.kinds.realtime import REALTIME
from penstock.domain.kinds.serverless import SERVERLESS

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (REALTIME, SERVERLESS, ASYNC, BATCH, MULTI_MODEL, MULTI_CONTAINER)
}


def released(name: str) -> Releases:
    """The pure half of a kind.

    Raises:
        Refused: this version cannot release it yet.
    """
    kind = KINDS[name]
    if kind.releases is None:
        raise Refused(lacking(kind))
    return kind.releases


def lacking(kind: Kind) -> str:
    """Why a policy of a kind is refused that this version cannot release yet."""
    there = " and ".join(each.called for each in KINDS.values() if each.releases)
    return f"this version releases {there} only, not {kind.name}"


def impossible(
    kind: Kind,
    strategy: str,
    *,
    shadow_stage: bool = False,
    holdback: bool = False,
    rehearsal: bool = False,
) -> str | None:
    """Why SageMaker cannot roll out like this on such a kind; None where it can.

    The one table of what is legal: `excludes` of each kind.
    """
    if shadow_stage and (reason := kind.excludes.get("shadow_minutes")):
        wanted = "shadow_minutes"
    elif holdback and (reason := kind.excludes.get("holdback_percent")):
        wanted = "holdback_percent"
    elif rehearsal and (reason := kind.excludes.get("rehearse")):
        wanted = "rehearse"
    elif reason := kind.excludes.get(strategy):
        wanted = f"strategy {strategy}"
    else:
        return None
    return f"rollout: {wanted} is impossible with serving.kind {kind.name}: {reason}"
