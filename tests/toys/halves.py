"""A strategy that nobody needs: half of the requests, and then all of them."""

from collections.abc import Iterator

from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import SHIFT, STAGE
from penstock.domain.planning.stage import Sides, Stage, Watched
from penstock.domain.strategies.all_at_once import promotion
from penstock.domain.strategies.strategy import Draft, Strategy


def stages(draft: Draft) -> Iterator[Stage]:
    """Staged, half, all."""
    watched, contents = Watched("candidate", CANDIDATE), draft.contents
    warm_up = draft.judge.warm_up_minutes
    yield Stage(
        act="stage",
        step=STAGE,
        percent=0,
        target=contents.staged,
        raises=False,
        swaps=True,
        watched=watched,
        final=False,
        rules=draft.rules(warm_up, quiet=warm_up, requests=False),
        says="another voice",
    )
    yield Stage(
        act="shift",
        step=SHIFT,
        percent=50,
        target=contents.staged.at(50),
        raises=True,
        swaps=False,
        watched=watched,
        compared=Sides(contents.variant, CANDIDATE),
        final=False,
        rules=draft.rules(draft.rollout.step_minutes),
        says="half and half",
    )
    yield promotion(draft)


HALVES = Strategy("halves", reads=("step_minutes",), stages=stages)
