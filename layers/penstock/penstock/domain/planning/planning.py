"""Draw a plan from a policy, a package and the present endpoint, or refuse."""

from collections.abc import Sequence

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.parts import parts
from penstock.domain.kinds.blueprint import Blueprint
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.kind import Contents, Intent, Releases
from penstock.domain.kinds.table import released
from penstock.domain.ledger import naming
from penstock.domain.planning.budget import check_budget, history_events, most_minutes
from penstock.domain.planning.comparing import Values, metrics
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.completed import completed
from penstock.domain.planning.deploying import (
    check_deployment,
    check_undoing,
    deployment_notes,
    deployment_of,
    peak,
)
from penstock.domain.planning.deployment import Deployment
from penstock.domain.planning.experiment import check_experiment, experiment_notes
from penstock.domain.planning.holdback import check_holdback, holdback_notes
from penstock.domain.planning.known import NOTHING_KNOWN, Completed, Known
from penstock.domain.planning.notes import UNKNOWN_QUANTILES, notes
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.rehearsal import rehearsal_notes
from penstock.domain.planning.shadowing import shadow_notes
from penstock.domain.planning.stage import Stage
from penstock.domain.planning.whole import whole
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import Package
from penstock.domain.strategies.all_at_once import ALL_AT_ONCE
from penstock.domain.strategies.strategy import Draft, Strategy
from penstock.domain.strategies.table import STRATEGIES


def draw_plan(
    policy: Policy,
    package: Package,
    release: str,
    live: LiveSetup | None,
    known: Known = NOTHING_KNOWN,
) -> Plan:
    """Plan a release, by the policy with what it leaves open filled in.

    Args:
        policy: The policy of this execution.
        package: The package to release.
        release: Id of the release.
        live: The present setup. None for a first release.
        known: What is known of live, and the golden requests.

    Raises:
        Refused: The policy or the endpoint makes the release impossible. The sentence says why.
    """
    strategy = _strategy(policy, live)
    policy, filled = completed(policy, known) if live else Completed(policy)
    demand, values_ms, golden = known.demand, known.values_ms, known.golden
    kind = released(policy.serving.kind)
    copied = policy.rollout.copied if live else 0
    intent = Intent(policy.endpoint, policy.serving, package, release, live, copied)
    kind.check_live(intent)
    draft = _draft(policy, kind.contents(intent), demand, first=live is None)
    stages = whole(policy, strategy, draft, release, golden)
    floor = kind.floor(intent)
    candidates = _candidates(kind, policy, floor, stages)
    drawn = kind.draw(intent, candidates or None)
    if golden and policy.rollout.rehearse:
        drawn = drawn.rehearsing(naming.rehearsal(policy.endpoint, release))
    check_budget(policy, stages, golden)
    _refuse_blind(policy, stages, values_ms)
    if live:
        check_holdback(policy, floor, candidates)
        check_experiment(policy, floor, candidates)
        check_deployment(policy, stages, floor)
    deployment = deployment_of(stages)
    plan = Plan(
        release=release,
        package=package.arn,
        policy=policy,
        blueprint=drawn,
        stages=stages,
        live_variant=draft.contents.variant,
        floor=floor,
        candidate_instances=candidates,
        peak_instances=_peak(deployment, drawn, floor, candidates) if live else floor,
        would_show=None if stages[-1].final else draft.contents.final,
        history_events=history_events(policy, stages, golden),
        least_minutes=sum(s.rules.minutes for s in stages)
        + (deployment.waits(floor) if deployment else 0),
        most_minutes=most_minutes(stages) + (deployment.timeout(floor) if deployment else 0),
        first=live is None,
        images=tuple(tuple(sorted(c.digests)) for c in package.containers if c.digests),
        values_ms=dict(values_ms),
        golden=golden,
        notes=(
            *filled,
            *notes(policy, live, values_ms),
            *(strategy.notes(draft)),
            *holdback_notes(policy, live, floor, candidates),
            *rehearsal_notes(policy, drawn),
            *deployment_notes(policy, stages, live, floor),
            *shadow_notes(policy, live, drawn, stages),
            *experiment_notes(policy, live, floor, candidates, known.outcomes),
        ),
    )
    check_undoing(plan)
    return plan


def _refuse_blind(policy: Policy, stages: Sequence[Stage], values_ms: Values) -> None:
    known, remedy = parts(metrics(policy.judge, values_ms)), "add errors to judge.signals"
    if any(stage.compared for stage in stages) and not known:
        raise Refused(f"nothing could be judged: {UNKNOWN_QUANTILES}; {remedy}")
    if any(stage.ramp for stage in stages) and not any(part.bounded for part in known.values()):
        raise Refused(f"adaptive steps could prove nothing: {UNKNOWN_QUANTILES}; {remedy}")


def _draft(policy: Policy, contents: Contents, demand: Demand | None, *, first: bool) -> Draft:
    settings = judge_settings(policy)
    return Draft(policy.rollout, policy.judge, settings, contents, demand, first)


def _strategy(policy: Policy, live: LiveSetup | None) -> Strategy:
    """The policy's strategy.

    A first release always swaps, because there is nothing to compare with.
    """
    return STRATEGIES[policy.rollout.strategy] if live else ALL_AT_ONCE


def _candidates(kind: Releases, policy: Policy, floor: int, stages: Sequence[Stage]) -> int:
    """Instances of the candidate, enough for its largest share. 0 without such a stage."""
    shares = [s.most_percent for s in stages if not (s.final or s.keeps or s.copied)]
    return kind.candidates(policy.serving, floor, max(shares)) if shares else 0


def _peak(deployment: Deployment | None, drawn: Blueprint, floor: int, candidates: int) -> int:
    """Instances while one fleet replaces another.

    The candidate's may be as many as the shadow had: SageMaker retains counts by a variant's name.
    """
    shadow = drawn.shadow_instances
    beside = max(shadow, candidates) if candidates else 0
    return shadow + peak(deployment, floor, beside)
