"""What other people set up is theirs: nothing of it is lost, and scaling is put back."""

from typing import Any

import pytest

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import NEEDS_A_PERSON, PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.people import (
    build_rich_endpoint,
    make_config,
    put_config,
    scale,
    scale_in_suspended,
    scaling_of,
)
from tests.end_to_end.policies import Document

THEIRS: Document = {"serving": {"execution_role_arn": None, "instance_type": None}}
CHANGED = {
    "EndpointConfigName",
    "EndpointConfigArn",
    "CreationTime",
    "ModelName",
    "ModelArn",
    "ContainerHostname",
    "Image",
    "ModelDataUrl",
    "ModelPackageName",
    "InitialVariantWeight",
    "InitialInstanceCount",
}
"""What a release is about."""


def set_up(bench: Bench) -> Document:
    """Everything that people see of an endpoint, without what a release changes."""
    sagemaker, shown = bench.twin.client("sagemaker"), bench.shown()
    config = sagemaker.describe_endpoint_config(EndpointConfigName=shown["EndpointConfigName"])
    model, variant = bench.model(), shown["ProductionVariants"][0]["VariantName"]
    arns = (shown["EndpointArn"], config["EndpointConfigArn"], model["ModelArn"])
    return {
        "config": without(config),
        "model": without(model),
        "counts": shown["ProductionVariants"][0]["CurrentInstanceCount"],
        "capture": shown["DataCaptureConfig"],
        "tags": [of_people(sagemaker.list_tags(ResourceArn=arn)["Tags"]) for arn in arns],
        "scaling": scaling_of(bench, variant),
        "alarm": without(alarm(bench)),
    }


def without(value: Any) -> Any:
    """A description without what a release changes, at any depth."""
    if isinstance(value, list):
        return [without(item) for item in value]
    if not isinstance(value, dict):
        return value
    left_out = CHANGED | {"ResponseMetadata", "StateUpdatedTimestamp"}
    return {key: without(item) for key, item in value.items() if key not in left_out}


def of_people(tags: list[Document]) -> list[Document]:
    return [tag for tag in tags if not tag["Key"].startswith("penstock:")]


def alarm(bench: Bench) -> Document:
    """The alarm of a person, which is bound to the variant by its name."""
    name = f"business-{bench.endpoint}"
    found = bench.twin.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return {key: found[0][key] for key in ("AlarmName", "Dimensions", "StateValue", "Threshold")}


def put_alarm(bench: Bench, variant: str) -> None:
    bench.twin.client("cloudwatch").put_metric_alarm(
        AlarmName=f"business-{bench.endpoint}",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": bench.endpoint},
            {"Name": "VariantName", "Value": variant},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=0.2,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def test_nothing_of_an_endpoint_that_is_taken_over_is_lost(bench: Bench) -> None:
    build_rich_endpoint(bench, "AllTraffic")
    scale(bench, "AllTraffic")
    put_alarm(bench, "AllTraffic")
    bench.drive()
    bench.policy(THEIRS | {"alarms": [f"business-{bench.endpoint}"]})
    bench.pass_minutes(3)
    before, package = set_up(bench), bench.approved_unseen()
    planned = ending(bench.released_by_hand(package, adopt=True, dry_run=True))
    assert [note for note in planned["plan"]["notes"] if "->" in note] == [
        "container ContainerHostname: 'model' -> None"
    ]
    assert "container Environment: MODE kept" in planned["plan"]["notes"]
    assert any("scale-in of AllTraffic" in note for note in planned["plan"]["notes"])
    assert row(bench.released_by_hand(package, adopt=True)) == PROMOTED
    assert set_up(bench) == before
    assert (bench.serving, bench.shares) == ([package], {"AllTraffic": 1.0})
    following = bench.register()
    assert row(bench.released(following)) == PROMOTED
    assert set_up(bench) == before


def test_the_plan_lists_every_difference(bench: Bench) -> None:
    build_rich_endpoint(bench, "AllTraffic")
    serving = {"volume_gb": 80, "network_isolation": False, "environment": {"MODE": "slow"}}
    bench.policy({"serving": THEIRS["serving"] | serving})
    package = bench.approved_unseen()
    planned = ending(bench.released_by_hand(package, adopt=True, dry_run=True))
    assert [note for note in planned["plan"]["notes"] if "->" in note] == [
        "variant VolumeSizeInGB: 50 -> 80",
        "model EnableNetworkIsolation: True -> None",
        "container ContainerHostname: 'model' -> None",
    ]
    assert "container Environment: MODE set by the policy" in planned["plan"]["notes"]


def test_another_instance_type_is_refused_while_the_variant_scales(bench: Bench) -> None:
    bench.live(serving={"instance_type": "ml.c5.large"})
    scale(bench)
    execution = bench.released(bench.register())
    assert row(execution) == REFUSED
    assert "scalable target" in ending(execution)["reason"]
    assert not scale_in_suspended(bench)


@pytest.mark.parametrize("strategy", ["canary", "all_at_once"])
def test_scale_in_is_suspended_for_a_release_and_scale_out_is_not(
    bench: Bench, strategy: str
) -> None:
    bench.live()
    scale(bench)
    before, acts = scaling_of(bench), bench.twin.sagemaker.scaling.act
    policy = {"rollout": {"strategy": strategy, "watch_minutes": 10}}
    package = bench.approved_unseen()
    release = bench.start(action="release", model_package_arn=package, policy=policy)
    bench.until_step(90)
    assert not acts(bench.endpoint, "live", 1)
    assert acts(bench.endpoint, "live", 3)
    assert row(bench.end(release)) == PROMOTED
    assert scaling_of(bench) == before
    assert acts(bench.endpoint, "live", 2)


def test_a_rollback_puts_scaling_back(bench: Bench) -> None:
    bench.live()
    scale(bench)
    before = scaling_of(bench)
    assert row(bench.released(bench.register(behaviour=BAD))) == ROLLED_BACK
    assert scaling_of(bench) == before


def test_what_its_owner_suspended_stays_suspended(bench: Bench) -> None:
    bench.live()
    scale(bench, DynamicScalingInSuspended=True, ScheduledScalingSuspended=True)
    before = scaling_of(bench)
    assert row(bench.released(bench.register())) == PROMOTED
    assert scaling_of(bench) == before


def test_a_recovery_puts_scaling_back(bench: Bench) -> None:
    bench.live(rollout={"step_minutes": 60})
    scale(bench)
    release = bench.started(bench.register())
    bench.until_share(50)
    assert scale_in_suspended(bench)
    bench.stop(release)
    bench.end(bench.recoveries()[0].arn)
    assert not scale_in_suspended(bench)
    assert bench.gate().suspension is None


def test_scaling_is_put_back_also_where_a_person_has_the_endpoint(bench: Bench) -> None:
    """Nothing else is touched: the endpoint is the person's until it is adopted."""
    bench.live(rollout={"step_minutes": 6})
    scale(bench)
    release = bench.started(bench.register())
    bench.until_share(50)
    theirs = make_config(bench, f"edited-{bench.endpoint}", InstanceType="ml.m5.large")
    put_config(bench, theirs)
    assert row(bench.end(release)) == NEEDS_A_PERSON
    bench.end(bench.recoveries()[0].arn)
    assert not scale_in_suspended(bench)
    assert bench.shown()["EndpointConfigName"] == theirs
    assert bench.gate().drift


def test_no_step_is_taken_while_live_has_fewer_instances_than_it_began_with(bench: Bench) -> None:
    bench.live(rollout={"steps": [10, 50]})
    release = bench.started(bench.register())
    bench.until_share(10)
    count(bench, 1)
    bench.pass_minutes(20)
    assert bench.share == pytest.approx(0.1)
    count(bench, 2)
    assert row(bench.end(release)) == PROMOTED


def count(bench: Bench, instances: int) -> None:
    """Somebody changes live's instances by hand."""
    change = {"VariantName": "live", "DesiredInstanceCount": instances}
    bench.twin.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=bench.endpoint, DesiredWeightsAndCapacities=[change]
    )
    bench.until_status("InService")
