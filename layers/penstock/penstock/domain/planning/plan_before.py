"""Plans of the version before, in the ledger and in documents: their stages only named an act."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.ledger.content import CANDIDATE, WHOLE, split


def with_meanings(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan with stages that say what they mean; one that does already stays as it is."""
    stages, live = plan.get("stages"), plan.get("live_variant")
    if not isinstance(stages, list | tuple) or not isinstance(live, str):
        return plan
    if not all(isinstance(stage, Mapping) and "target" not in stage for stage in stages):
        return plan
    return {**plan, "stages": [{**stage, **_meaning(plan, live, stage)} for stage in stages]}


def _meaning(plan: Mapping[str, Any], live: str, stage: Mapping[str, Any]) -> dict[str, Any]:
    blueprint = plan["blueprint"]
    if stage["act"] == "promote":
        final = {"config": blueprint["final"]["EndpointConfigName"], "weights": {live: WHOLE}}
        return {
            "target": final | {"package": plan["package"]},
            "raises": False,
            "swaps": True,
            "watched": ("live", live),
            "final": True,
        }
    weights = split(live, CANDIDATE, stage["percent"])
    shares = stage["act"] == "shift"
    return {
        "target": {"config": blueprint["staging"]["EndpointConfigName"], "weights": weights},
        "raises": shares,
        "swaps": not shares,
        "watched": ("candidate", CANDIDATE),
        "compared": (live, CANDIDATE) if shares else None,
        "final": False,
    }
