"""All at once: one swap with a longer watch, because nothing was judged before it."""

from collections.abc import Iterator

from penstock.domain.ledger.gate import PROMOTE
from penstock.domain.planning.stage import Stage, Watched
from penstock.domain.strategies.strategy import Draft, Strategy


def promotion(
    draft: Draft, says: str = "all requests to the new package, with the canary removed"
) -> Stage:
    """The last stage of every strategy that ends in a promotion."""
    return Stage(
        act="promote",
        step=PROMOTE,
        percent=100,
        target=draft.contents.final,
        raises=False,
        swaps=True,
        watched=Watched("live", draft.contents.variant),
        final=True,
        rules=draft.rules(
            draft.rollout.watch_minutes,
            quiet=draft.judge.warm_up_minutes,
            requests=not draft.first,
        ),
        says="create the endpoint" if draft.first else says,
    )


def all_at_once_stages(draft: Draft) -> Iterator[Stage]:
    """Only the promotion.

    Every first release is like this, because there is nothing to compare with.
    """
    yield promotion(draft, "all requests to the new package, in one swap")


ALL_AT_ONCE = Strategy("all_at_once", reads=(), stages=all_at_once_stages, watch_minutes=60)
