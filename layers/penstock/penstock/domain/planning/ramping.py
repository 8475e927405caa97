"""The one stage of a release whose shares the comparison with live chooses."""

from collections.abc import Iterator

from penstock.domain.judging.demand import LOOKED_BACK, Demand
from penstock.domain.judging.forecast import unprovable
from penstock.domain.judging.ramp import first_weight
from penstock.domain.ledger.gate import SHIFT
from penstock.domain.planning.plan import Stage
from penstock.domain.planning.stages import method, rules
from penstock.domain.policy.policy import Policy

TOP_PERCENT = 50.0
"""The share at which candidate and live tell most about each other."""


def ramp(policy: Policy, demand: Demand | None) -> Stage:
    """The stage with its first share; `minutes` are those that the last share lasts at least."""
    percent = first_percent(policy, demand)
    says = f"shares chosen by what is seen, from {percent:g} % up to {TOP_PERCENT:g} %"
    judged = rules(policy, method(policy).bake)
    return Stage(act="shift", step=SHIFT, percent=percent, rules=judged, says=says, ramp=True)


def first_percent(policy: Policy, demand: Demand | None) -> float:
    """What the budget at risk allows; the least share where nothing is known of the traffic."""
    requests, signals = demand.requests_per_minute if demand else 0.0, policy.judge.signal_names
    return round(100 * first_weight(requests, signals, method(policy)), 2)


def ramp_notes(policy: Policy, demand: Demand | None) -> Iterator[str]:
    """What a person should know before a release that chooses its shares."""
    if policy.rollout.steps != "adaptive":
        return
    if demand is None:
        yield (
            f"no request was seen in the last {LOOKED_BACK} minutes: the first share is "
            f"{first_percent(policy, None):g} %, and without traffic nothing can be proven"
        )
        return
    at_risk = first_percent(policy, demand) / 100 * demand.requests_per_minute * method(policy).tau
    if at_risk > method(policy).budget:
        yield (
            f"dense traffic: the first share puts about {at_risk:.0f} requests at risk before it "
            f"is judged, the budget is {method(policy).budget:g}"
        )
    if problem := unprovable(method(policy), *demand):
        yield f"{problem}; then on_inconclusive decides ({policy.judge.on_inconclusive})"
