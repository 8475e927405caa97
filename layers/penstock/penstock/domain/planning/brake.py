"""The brake: no API stops a deployment, but SageMaker undoes one whose alarm fires (facts-2, B)."""

from penstock.domain.kinds.series import Statistic
from penstock.domain.ledger import naming
from penstock.domain.planning.check import Check

BRAKE_NAMESPACE, BRAKE_METRIC = "Penstock/Brakes", "Pulled"
"""A metric that only the function that rolls back may publish."""


def brake_name(endpoint: str) -> str:
    """Name of the alarm."""
    return naming.alarm(endpoint, "brake")


def where(endpoint: str, config: str) -> dict[str, str]:
    """The dimensions of the metric. Every deployment has its own series: old points say nothing."""
    return {"EndpointName": endpoint, "EndpointConfigName": config}


def brake(endpoint: str, config: str) -> Check:
    """The alarm on the deployment of `config`: one datum of a minute fires it, silence does not."""
    pulled = Statistic(
        BRAKE_NAMESPACE, BRAKE_METRIC, "Maximum", tuple(where(endpoint, config).items())
    )
    return Check(
        name=brake_name(endpoint),
        description=f"Penstock stops the deployment of {config}.",
        series={"pulled": pulled},
        formulas={"brake": "pulled * 1"},
        threshold=0.5,
        periods=1,
        needed=1,
        silence="notBreaching",
    )
