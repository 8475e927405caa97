"""One model package group feeds one endpoint."""

from collections.abc import Mapping

from penstock.domain.errors import Refused
from penstock.ports.ledger import Feeder, Feeders
from penstock.ports.registry import Policies, StoredPolicy


def check_one_feeder(policies: Policies, feeders: Feeders, stored: StoredPolicy) -> None:
    """Check that no other group's policy names the same endpoint.

    A policy that cannot be read feeds no endpoint and blocks nobody. The last sweep's findings
    suffice if they have this version of the policy and nobody else at its endpoint. A policy that
    names the endpoint since then is not in them, and its own check reads all policies. Of two
    groups at one endpoint, the later one is therefore refused at once, and the other one from the
    next sweep on.

    Raises:
        Refused: Another group's policy names the same endpoint.
    """
    endpoint = stored.policy.endpoint
    seen = feeders.feeders()
    if seen.get(stored.group) == Feeder(endpoint, stored.version) and not _others(seen, stored):
        return
    for other in _others(policies.endpoints(), stored):
        raise Refused(f"the policies of {stored.group} and {other} both name endpoint {endpoint}")


def _others(feeders: Mapping[str, Feeder], stored: StoredPolicy) -> list[str]:
    same = stored.policy.endpoint.casefold()
    return [
        group
        for group, feeder in feeders.items()
        if group != stored.group and (feeder.endpoint or "").casefold() == same
    ]
