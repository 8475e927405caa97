"""Canary: the candidate takes growing shares beside live, by the policy's steps or by evidence."""

from collections.abc import Iterator

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import LOOKED_BACK
from penstock.domain.judging.forecast import unprovable
from penstock.domain.judging.ramp import first_weight
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning.stage import TOP_PERCENT, Sides, Stage, Watched
from penstock.domain.strategies.all_at_once import promotion
from penstock.domain.strategies.strategy import HOLDBACK_KEYS, Draft, Strategy

MOST_SHIFTS = PROMOTE - SHIFT
"""Most shifts of a release: step numbers only grow, and PROMOTE comes after them."""
HOLDBACK = PROMOTE - 1
"""The step of a holdback: after every share, however many a ramp takes."""
_WATCHED = Watched("candidate", CANDIDATE)


def canary_stages(draft: Draft) -> Iterator[Stage]:
    """The candidate is staged without traffic, takes its shares, and is promoted.

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
        yield from _shifts(draft, steps)
    if draft.rollout.holdback_percent:
        yield _holdback(draft)
    yield promotion(draft)


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


def _shifts(draft: Draft, steps: tuple[float, ...]) -> Iterator[Stage]:
    rollout = draft.rollout
    opened = [(percent, rollout.step_minutes) for percent in steps]
    if steps and rollout.hold_minutes:
        opened.append((steps[-1], rollout.hold_minutes))
    if len(opened) + bool(rollout.holdback_percent) > MOST_SHIFTS:
        raise Refused(
            f"a release has at most {MOST_SHIFTS} steps, the hold and the holdback included"
        )
    for k, (percent, minutes) in enumerate(opened):
        prove = rollout.prove and k == len(opened) - 1
        says = f"{percent:g} % of the requests for {minutes} minutes"
        if prove:
            says += ", and until the margins are proven"
        yield _shift(draft, percent, minutes, says, step=SHIFT + k, prove=prove)


def _ramp(draft: Draft) -> Stage:
    """The stage with its first share. Its `minutes` are the least duration of the last share."""
    percent = _first_percent(draft)
    says = f"shares chosen by the evidence, from {percent:g} % up to {TOP_PERCENT:g} %"
    return _shift(draft, percent, draft.settings.bake, says, ramp=True)


def _holdback(draft: Draft) -> Stage:
    """The last share: a small part stays on live, and is what the candidate is compared with."""
    held, minutes = draft.rollout.holdback_percent, draft.rollout.holdback_minutes
    percent = round(100 - held, 2)
    says = (
        f"holdback: {percent:g} % of the requests for {minutes} minutes, "
        f"{held:g} % stay on {draft.contents.variant}"
    )
    return _shift(draft, percent, minutes, says, step=HOLDBACK)


def _shift(
    draft: Draft,
    percent: float,
    minutes: int,
    says: str,
    *,
    step: int = SHIFT,
    ramp: bool = False,
    prove: bool = False,
) -> Stage:
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
        ramp=ramp,
        rules=draft.rules(minutes, prove=prove),
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
