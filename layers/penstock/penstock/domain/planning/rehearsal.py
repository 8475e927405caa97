"""A rehearsal: the candidate answers golden requests on an endpoint that nobody calls."""

from collections.abc import Iterator

from penstock.domain.execution.waits import REHEARSAL_PATIENCE
from penstock.domain.golden.asking import Golden
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.ledger.gate import DISMISS, REHEARSE
from penstock.domain.planning.stage import Beside, Stage, Watched
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.strategy import Draft


def rehearsal_stages(name: str, draft: Draft, golden: Golden) -> Iterator[Stage]:
    """Before the first act on the place, whatever the strategy: create it and ask, then delete it.

    Nothing is judged there but the answers, so no time passes and no alarm watches it.
    """
    up = Stage(
        act="stage",
        step=REHEARSE,
        percent=0,
        target=None,
        keeps=True,
        beside=Beside(name, up=True),
        raises=False,
        swaps=True,
        watched=Watched("live", draft.contents.variant),
        final=False,
        rules=draft.rules(0, requests=False),
        says=f"rehearse on the endpoint {name}",
    )
    yield up.asking("passed", golden.requests)
    yield up.undone(name, DISMISS)


def rehearsal_notes(policy: Policy, drawn: Blueprint) -> Iterator[str]:
    """What a rehearsal costs, as one sentence."""
    if drawn.rehearsal is None:
        return
    variant, minutes = drawn.rehearsal["ProductionVariants"][0], policy.rollout.update_minutes
    instance = variant.get("InstanceType")
    takes = f"one more instance ({instance}) and one more endpoint" if instance else "one endpoint"
    yield (
        f"the rehearsal takes {takes} of the account's quotas until {drawn.rehearsal_name} is "
        f"deleted, before the release changes anything: it is created, asked and deleted, "
        f"and Penstock waits at most {REHEARSAL_PATIENCE * minutes} minutes for it to be in service"
    )
