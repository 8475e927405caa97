"""A policy, a package and the endpoint as it is become a plan, or a refusal."""

import math
from collections.abc import Iterator
from decimal import Decimal

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning import blueprint as drawing
from penstock.domain.planning.blueprint import CANDIDATE
from penstock.domain.planning.budget import check_budget, history_events, most_minutes
from penstock.domain.planning.endpoint import LiveSetup
from penstock.domain.planning.notes import notes
from penstock.domain.planning.plan import Plan, Stage
from penstock.domain.planning.ramping import TOP_PERCENT, ramp, ramp_notes
from penstock.domain.planning.stages import rules
from penstock.domain.planning.taken_over import check_taken_over
from penstock.domain.policy.policy import Policy
from penstock.domain.reviewing.package import Package

MOST_SHIFTS = PROMOTE - SHIFT
"""Steps of a release are numbers that only grow, and promoting is the next one after them."""


def draw_plan(
    policy: Policy,
    package: Package,
    release: str,
    live: LiveSetup | None,
    demand: Demand | None = None,
) -> Plan:
    """Plan a release onto `live`, or the first one when nothing is there.

    `demand` is what live served lately; adaptive steps begin with a share that it allows.

    Raises:
        Refused: something the policy or the endpoint makes impossible, in one sentence.
    """
    if live:
        _check_live(policy, live)
    shares = _shares(policy) if live else ()
    name = drawing.variant_name(policy, live)
    floor = _floor(policy, name, live)
    candidates = _candidates(policy, floor, shares) if shares else 0
    stages = tuple(_stages(policy, shares, demand, first=live is None))
    check_budget(policy, stages)
    return Plan(
        release=release,
        package=package.arn,
        policy=policy,
        blueprint=drawing.draw(policy, package, release, live, candidates or None),
        stages=stages,
        live_variant=name,
        floor=floor,
        candidate_instances=candidates,
        peak_instances=2 * floor + candidates if live else floor,
        history_events=history_events(policy, stages),
        least_minutes=sum(s.rules.minutes for s in stages),
        most_minutes=most_minutes(stages),
        first=live is None,
        images=tuple(tuple(sorted(c.digests)) for c in package.containers if c.digests),
        notes=(*notes(policy, live), *(ramp_notes(policy, demand) if live else ())),
    )


def _check_live(policy: Policy, live: LiveSetup) -> None:
    check_taken_over(policy.endpoint, live)
    variant = live.config["ProductionVariants"][0]
    if variant["VariantName"] == CANDIDATE:
        raise Refused(f"the serving variant of {policy.endpoint} must not be named {CANDIDATE}")
    named = policy.serving.variant_name
    if named and named != variant["VariantName"]:
        raise Refused(
            f"serving.variant_name is {named}, but {policy.endpoint} serves "
            f"{variant['VariantName']}: alarms and scaling are bound to that name"
        )
    wanted = policy.serving.instance_type
    if live.scaled and wanted and wanted != variant["InstanceType"]:
        raise Refused("instance_type cannot change while a scalable target is registered")
    reserved = variant.get("CapacityReservationConfig")
    if reserved and wanted and wanted != variant["InstanceType"]:
        raise Refused(
            "instance_type cannot change while the variant takes its instances from a capacity "
            f"reservation, which holds {variant['InstanceType']}"
        )


def _shares(policy: Policy) -> tuple[float, ...]:
    """The candidate's share at each step, percent; none for a release without a canary."""
    if lacking := policy.unsupported():
        raise Refused(lacking)
    steps = policy.rollout.steps
    return (TOP_PERCENT,) if isinstance(steps, str) else tuple(float(step) for step in steps)


def _floor(policy: Policy, variant: str, live: LiveSetup | None) -> int:
    """F: live's instances at the claim; for a first release those of the policy."""
    if live is None:
        return policy.serving.instance_count or 1
    return max(1, live.counts.get(variant, 1))


def _candidates(policy: Policy, floor: int, shares: tuple[float, ...]) -> int:
    """Enough for the largest share, in decimals: a float's last digit costs no instance."""
    needed = floor * Decimal(repr(max(shares))) * Decimal(repr(OVERLOAD)) / 100
    return policy.serving.candidate_instance_count or max(1, math.ceil(needed))


def _stages(
    policy: Policy, shares: tuple[float, ...], demand: Demand | None, *, first: bool
) -> Iterator[Stage]:
    rollout, warm_up = policy.rollout, policy.judge.warm_up_minutes
    if shares:
        yield Stage(
            act="stage",
            step=STAGE,
            percent=0,
            rules=rules(policy, warm_up, quiet=warm_up, requests=False),
            says="stage the candidate without traffic and let both fleets warm up",
        )
    if shares and policy.rollout.steps == "adaptive":
        yield ramp(policy, demand)
    else:
        yield from _shifts(policy, shares)
    yield Stage(
        act="promote",
        step=PROMOTE,
        percent=100,
        rules=rules(policy, rollout.watch_minutes, quiet=warm_up, requests=not first),
        says="create the endpoint" if first else "all requests, with the canary gone",
    )


def _shifts(policy: Policy, shares: tuple[float, ...]) -> Iterator[Stage]:
    rollout = policy.rollout
    opened = [(percent, rollout.step_minutes) for percent in shares]
    if shares and rollout.hold_minutes:
        opened.append((shares[-1], rollout.hold_minutes))
    if len(opened) > MOST_SHIFTS:
        raise Refused(f"a release has at most {MOST_SHIFTS} steps, the hold included")
    for k, (percent, minutes) in enumerate(opened):
        yield Stage(
            act="shift",
            step=SHIFT + k,
            percent=percent,
            rules=rules(policy, minutes),
            says=f"{percent:g} % of the requests for {minutes} minutes",
        )
