"""Canary: the candidate takes growing shares beside live, by the policy's steps or by evidence."""

from collections.abc import Iterator

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import LOOKED_BACK
from penstock.domain.judging.forecast import unprovable
from penstock.domain.judging.judgement import Rules
from penstock.domain.judging.ramp import first_weight
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning.stage import TOP_PERCENT, Asked, Sides, Stage, Watched
from penstock.domain.strategies.all_at_once import promotion
from penstock.domain.strategies.strategy import HOLDBACK_KEYS, Draft, Strategy

MOST_SHIFTS = PROMOTE - SHIFT
"""Most shifts of a release: step numbers only grow, and PROMOTE comes after them."""
LAST_SHARE = PROMOTE - 1
"""The step of a share after every other, however many a ramp takes."""
_WATCHED = Watched("candidate", CANDIDATE)


def canary_stages(draft: Draft) -> Iterator[Stage]:
    """The candidate is staged without traffic, takes its shares, and is promoted.

    Raises:
        Refused: there are too many steps, or the policy still leaves them open.
    """
    held = bool(draft.rollout.holdback_percent)
    yield from climb(draft, prove=draft.rollout.prove, later=int(held))
    if held:
        yield _holdback(draft)
    yield promotion(draft)


def climb(draft: Draft, *, prove: bool, later: int = 0) -> Iterator[Stage]:
    """The candidate is staged without traffic, and takes its shares.

    Args:
        draft: What the stages are made of.
        prove: Whether the last of explicit steps asks for a proof.
        later: Shares that come after these.

    Raises:
        Refused: there are too many steps, or the policy still leaves them open.
    """
    steps = draft.rollout.steps
    if steps == "by_traffic":
        raise Refused("rollout.steps is by_traffic: a plan has to choose the steps first")
    yield _staged(draft)
    if steps == "adaptive":
        yield _ramp(draft)
    else:
        yield from _shifts(draft, steps, prove=prove, later=later)


def canary_notes(draft: Draft) -> Iterator[str]:
    """Notes about a release with adaptive steps."""
    if draft.rollout.steps != "adaptive":
        return
    percent, settings = _first_percent(draft), draft.settings
    if draft.demand is None:
        yield (
            f"no request was seen in the last {LOOKED_BACK} minutes: the first share is "
            f"{percent:g} %, and without traffic nothing can be proven"
        )
        return
    at_risk = percent / 100 * draft.demand.requests_per_minute * settings.tau
    if at_risk > settings.budget:
        yield (
            f"dense traffic: the first share puts about {at_risk:.0f} requests at risk before it "
            f"is judged, but the budget is {settings.budget:g}"
        )
    if problem := unprovable(settings, *draft.demand):
        yield f"{problem}; then on_inconclusive decides ({draft.judge.on_inconclusive})"


def _staged(draft: Draft) -> Stage:
    warm_up = draft.judge.warm_up_minutes
    return Stage(
        act="stage",
        step=STAGE,
        percent=0,
        target=draft.contents.staged,
        raises=False,
        swaps=True,
        watched=_WATCHED,
        final=False,
        rules=draft.rules(warm_up, quiet=warm_up, requests=False),
        says="stage the candidate without traffic and let both fleets warm up",
    )


def _shifts(draft: Draft, steps: tuple[float, ...], *, prove: bool, later: int) -> Iterator[Stage]:
    rollout = draft.rollout
    opened = [(percent, rollout.step_minutes) for percent in steps]
    if steps and rollout.hold_minutes:
        opened.append((steps[-1], rollout.hold_minutes))
    if len(opened) + later > MOST_SHIFTS:
        raise Refused(
            f"a release has at most {MOST_SHIFTS} steps, the hold and the holdback included"
        )
    for k, (percent, minutes) in enumerate(opened):
        proves = prove and k == len(opened) - 1
        says = f"{percent:g} % of the requests for {minutes} minutes"
        if proves:
            says += ", and until the margins are proven"
        yield shift(draft, percent, draft.rules(minutes, prove=proves), says, step=SHIFT + k)


def _ramp(draft: Draft) -> Stage:
    """The stage with its first share. Its `minutes` are the least duration of the last share."""
    percent, top = _first_percent(draft), draft.rollout.share
    says = f"shares chosen by the evidence, from {percent:g} % up to {top:g} %"
    return shift(draft, percent, draft.rules(draft.settings.bake), says, step=SHIFT, top=top)


def _holdback(draft: Draft) -> Stage:
    """The last share: a small part stays on live, and is what the candidate is compared with."""
    held, minutes = draft.rollout.holdback_percent, draft.rollout.holdback_minutes
    percent = round(100 - held, 2)
    says = (
        f"holdback: {percent:g} % of the requests for {minutes} minutes, "
        f"{held:g} % stay on {draft.contents.variant}"
    )
    return shift(draft, percent, draft.rules(minutes), says, step=LAST_SHARE)


def shift(
    draft: Draft,
    percent: float,
    rules: Rules,
    says: str,
    *,
    step: int,
    top: float | None = None,
    asks: tuple[Asked, ...] = (),
) -> Stage:
    """A share of the candidate beside live, which are compared.

    `top`: the evidence chooses further ones, up to this. `asks`: what else decides about it.
    """
    return Stage(
        act="shift",
        step=step,
        percent=percent,
        target=draft.contents.staged.at(percent),
        raises=True,
        swaps=False,
        watched=_WATCHED,
        compared=Sides(draft.contents.variant, CANDIDATE),
        final=False,
        ramp=top is not None,
        top_percent=TOP_PERCENT if top is None else top,
        rules=rules,
        asks=asks,
        says=says,
    )


def _first_percent(draft: Draft) -> float:
    """The first share that the budget allows, in percent.

    The least share if the traffic is unknown.
    """
    requests = draft.demand.requests_per_minute if draft.demand else 0.0
    return round(100 * first_weight(requests, draft.judge.signal_names, draft.settings), 2)


CANARY = Strategy(
    "canary",
    reads=("steps", "step_minutes", "hold_minutes", *HOLDBACK_KEYS),
    stages=canary_stages,
    notes=canary_notes,
    steps=(5.0, 25.0, 50.0),
    needs_steps=True,
)
