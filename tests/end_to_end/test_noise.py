"""What live teaches before a release, where its instances publish series of their own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ending
from twin.cloud import Twin
from twin.sagemaker.synthetic import Behaviour

HOURS = 185
"""Minutes of live that have to be there before a release learns from them."""
FAILING = Behaviour(error_rate=0.05)


@pytest.fixture(params=[False, True], ids=["instances", "instances-and-containers"])
def containers(worker_twin: Twin, request: pytest.FixtureRequest) -> Iterator[bool]:
    """Both readings of AWS's documents: whether the series of an instance name its container."""
    meter = worker_twin.sagemaker.meter
    meter.instances_have_containers = request.param
    yield request.param
    meter.instances_have_containers = False


def enhance(bench: Bench) -> str:
    """Somebody serves the same model with enhanced metrics, on two instances; its name."""
    sagemaker: Any = bench.twin.client("sagemaker")
    shown = sagemaker.describe_endpoint(EndpointName=bench.endpoint)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=shown["EndpointConfigName"])
    variant = config["ProductionVariants"][0] | {"InitialInstanceCount": 2}
    name = f"{bench.endpoint}-enhanced"
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant],
        MetricsConfig={"EnableEnhancedMetrics": True},
    )
    sagemaker.update_endpoint(EndpointName=bench.endpoint, EndpointConfigName=name)
    return str(variant["ModelName"])


def learned(bench: Bench) -> list[str]:
    """What the plan of a dry run says that was learned, after three hours of requests."""
    bench.pass_minutes(HOURS)
    package = bench.approved_unseen()
    execution = bench.released_by_hand(package, adopt=True, dry_run=True)
    notes = ending(execution)["plan"]["notes"]
    return [note for note in notes if note.startswith(("tolerance ", "attempts "))]


def test_the_plan_learns_from_instances_and_where_it_cannot_from_minutes(
    bench: Bench, containers: bool
) -> None:
    bench.live(judge={"signals": ["errors"]})
    model = enhance(bench)
    bench.twin.synthetic.behave(model, FAILING)
    bench.twin.synthetic.behave(model, Behaviour(error_rate=0.2), instance=0)
    note, *_ = learned(bench)
    if containers:
        assert "from ten minutes to the next" in note
    else:
        assert note.startswith(
            "tolerance 1.5: in the last 180 minutes live's rate of errors varied"
        )
        assert "from one instance to another" in note
