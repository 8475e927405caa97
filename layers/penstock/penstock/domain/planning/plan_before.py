"""Plans as the version before kept them, in records and documents: whole, and without meanings."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.execution.progress import Ramp
from penstock.domain.ledger.content import CANDIDATE, WHOLE, split_weights
from penstock.domain.ledger.planned import KEEP_RELEASES, UPDATE_MINUTES
from penstock.domain.planning.stage import Stage


def planned_before(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What a record or a document of now says of the plan that it carries whole.

    Raises:
        ValueError: it is no such plan.
    """
    try:
        return _planned(plan)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the plan cannot be read: {error!r}") from error


def _planned(plan: Mapping[str, Any]) -> dict[str, Any]:
    blueprint, rollout = plan["blueprint"], plan["policy"].get("rollout", {})
    staging = blueprint.get("staging") or {}
    return {
        "first": plan["first"],
        "stages": len(plan["stages"]),
        "live_variant": plan["live_variant"],
        "floor": plan["floor"],
        "staging": staging.get("EndpointConfigName"),
        "final": _final(plan),
        "model": blueprint["model"]["ModelName"],
        "images": plan.get("images", ()),
        "update_minutes": rollout.get("update_minutes", UPDATE_MINUTES),
        "keep_releases": rollout.get("keep_releases", KEEP_RELEASES),
        "queues": rollout.get("on_newer") == "queue",
    }


def stage_before(
    plan: Mapping[str, Any], position: int, ramp: Mapping[str, Any] | None
) -> Stage | None:
    """The stage in hand of a document that carries its plan whole; None: it has none there."""
    stages = with_meanings(plan)["stages"]
    if position not in range(len(stages)):
        return None
    stage, chosen = Stage.model_validate(stages[position]), Ramp(**ramp) if ramp else None
    if stage.ramp and chosen:
        return stage.at(chosen)
    return stage.after(stage_before(plan, position - 1, ramp) if position else None)


def with_meanings(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan with stages that say what they mean; one that does already stays as it is.

    A damaged plan stays as it is too: its validation names what is wrong with it.
    """
    stages, live = plan.get("stages"), plan.get("live_variant")
    if not isinstance(stages, list | tuple) or not isinstance(live, str):
        return plan
    if not all(isinstance(stage, Mapping) and "target" not in stage for stage in stages):
        return plan
    try:
        meant = [{**stage, **_meaning(plan, live, stage)} for stage in stages]
    except (KeyError, TypeError, ValueError):
        return plan
    return {**plan, "stages": meant}


def _meaning(plan: Mapping[str, Any], live: str, stage: Mapping[str, Any]) -> dict[str, Any]:
    if stage["act"] == "promote":
        return {
            "target": _final(plan),
            "raises": False,
            "swaps": True,
            "watched": ("live", live),
            "final": True,
        }
    weights, shares = split_weights(live, CANDIDATE, stage["percent"]), stage["act"] == "shift"
    return {
        "target": {"config": _named(plan["blueprint"]["staging"]), "weights": weights},
        "raises": shares,
        "swaps": not shares,
        "watched": ("candidate", CANDIDATE),
        "compared": (live, CANDIDATE) if shares else None,
        "final": False,
    }


def _final(plan: Mapping[str, Any]) -> dict[str, Any]:
    config = _named(plan["blueprint"]["final"])
    weights = {plan["live_variant"]: WHOLE}
    return {"config": config, "weights": weights, "package": plan["package"]}


def _named(request: Mapping[str, Any]) -> str:
    return str(request["EndpointConfigName"])
