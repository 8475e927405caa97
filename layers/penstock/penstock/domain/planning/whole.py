"""Every stage of a release: a strategy's own, with a shadow, golden requests, gates, rehearsal."""

from collections.abc import Iterable, Iterator

from penstock.domain.golden.asking import Golden
from penstock.domain.ledger import naming
from penstock.domain.planning.gates import with_gates
from penstock.domain.planning.rehearsal import rehearsal_stages
from penstock.domain.planning.shadowing import with_shadow
from penstock.domain.planning.stage import Stage
from penstock.domain.policy.policy import Policy
from penstock.domain.strategies.strategy import Draft, Strategy


def whole(
    policy: Policy, strategy: Strategy, draft: Draft, release: str, golden: Golden | None
) -> tuple[Stage, ...]:
    """All of them, in order. `release` names the rehearsal endpoint."""
    made = with_shadow(draft, strategy.stages(draft))
    stages = tuple(with_gates(_with_golden(made, golden), policy.gates))
    if golden is None or not policy.rollout.rehearse:
        return stages
    name = naming.rehearsal(policy.endpoint, release)
    return (*rehearsal_stages(name, draft, golden), *stages)


def _with_golden(stages: Iterable[Stage], golden: Golden | None) -> Iterator[Stage]:
    """Ask the candidate before a stage gives it traffic, and what serves once it is promoted."""
    for stage in stages:
        if golden and stage.final:
            yield stage.asking("verified", golden.requests)
        elif golden and not (stage.percent or stage.copied or stage.keeps):
            yield stage.asking("passed", golden.requests)
        else:
            yield stage
