"""Notes of a plan about what people may not expect."""

from collections.abc import Iterator

from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.planning.comparing import Values, by_quantiles
from penstock.domain.policy.policy import Policy

UNKNOWN_QUANTILES = (
    "live answered too few requests within the last hour to know the quantiles of its latency"
)
_NO_OBJECTIVE = "the policy has no judge.latency_objective_ms"


def notes(policy: Policy, live: LiveSetup | None, values_ms: Values) -> Iterator[str]:
    """Notes about a release onto `live`, one sentence each."""
    yield from _latency_notes(policy, live, values_ms)
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


def _latency_notes(policy: Policy, live: LiveSetup | None, values_ms: Values) -> Iterator[str]:
    objective = policy.judge.latency_objective_ms is not None
    unknown = live is not None and by_quantiles(policy) and not values_ms
    if values_ms and not objective:
        yield f"latency is compared with live's, but no alarm watches it: {_NO_OBJECTIVE}"
    elif unknown and objective:
        yield f"latency is judged by its objective only: {UNKNOWN_QUANTILES}"
    elif unknown:
        yield f"latency is not judged: {UNKNOWN_QUANTILES}, and {_NO_OBJECTIVE}"
    elif not objective:
        yield f"latency is not judged: {_NO_OBJECTIVE}"


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
