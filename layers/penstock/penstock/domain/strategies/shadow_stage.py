"""The stage in which the candidate answers copies of the requests, for nobody."""

from penstock.domain.errors import Refused
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import SHADOWED
from penstock.domain.planning.stage import Asked, Sides, Stage, Watched
from penstock.domain.strategies.strategy import Draft


def shadow_stage(draft: Draft, *asks: Asked) -> Stage:
    """The candidate as a shadow of live. It puts nobody at risk, so there is no ramp and no proof.

    `asks` is what else decides about it.

    Raises:
        Refused: The serving kind has no shadows.
    """
    if draft.contents.shadowed is None:
        raise Refused("rollout.shadow_minutes: the serving kind has no shadows")
    rollout, quiet = draft.rollout, draft.judge.warm_up_minutes
    agreement: tuple[Asked, ...] = ("agreement",) if draft.judge.compares_answers else ()
    return Stage(
        act="stage",
        step=SHADOWED,
        percent=0,
        copied=rollout.copied,
        target=draft.contents.shadowed,
        raises=False,
        swaps=True,
        watched=Watched("candidate", CANDIDATE),
        compared=Sides(draft.contents.variant, CANDIDATE),
        final=False,
        rules=draft.rules(rollout.shadow_minutes, quiet=quiet),
        asks=(*agreement, *asks),
        says=(
            f"copies of {rollout.copied:g} % of the requests for {rollout.shadow_minutes} minutes, "
            "whose answers nobody gets"
        ),
    )
