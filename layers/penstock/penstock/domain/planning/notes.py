"""Notes of a plan about what people may not expect."""

from collections.abc import Iterator

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.policy.policy import Policy


def notes(policy: Policy, live: LiveSetup | None) -> Iterator[str]:
    """Notes about a release onto `live`, one sentence each."""
    if policy.judge.latency_objective_ms is None:
        yield "latency is not judged: the policy has no judge.latency_objective_ms"
    if live is None:
        yield "the first release creates the endpoint: there is nothing to go back to"
    if live and live.scale_in == "on":
        yield f"scale-in of {live.variant} is suspended for the release and resumed at its end"
    if live and live.scale_in == "suspended":
        yield f"scale-in of {live.variant} is suspended already, and stays suspended"
    yield from _variant_notes(live) if live else ()
    if live and live.cloudformation_stack:
        yield (
            f"the CloudFormation stack {live.cloudformation_stack} also manages the endpoint, "
            "so it has two owners"
        )


def _variant_notes(live: LiveSetup) -> Iterator[str]:
    variant = live.config["ProductionVariants"][0]
    if variant.get("ManagedInstanceScaling"):
        yield (
            "ManagedInstanceScaling is left out, because SageMaker accepts it only for inference "
            f"components; {live.variant} keeps its present instances, so register a scalable "
            "target "
            "if it should scale"
        )
    if variant.get("CapacityReservationConfig"):
        yield (
            "every fleet of the release takes its instances from the same capacity reservation, "
            "which must hold peak_instances; otherwise the release rolls back for lack of capacity"
        )
