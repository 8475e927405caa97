"""How endpoints change: configurations, weights, counts, and what can go wrong meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.worlds.sagemaker_bench import Bench, bench, refusal, variant
from twin.core.hooks import NotSupportedByTwin


@pytest.fixture
def aws() -> Iterator[Bench]:
    """The endpoint `churn` serves `live` and `candidate` with weights 9 and 1."""
    with bench() as made:
        made.endpoint(live=9.0, candidate=1.0)
        yield made


def update(aws: Bench, config: str = "config-2", **more: Any) -> None:
    aws.client.update_endpoint(EndpointName="churn", EndpointConfigName=config, **more)


def weigh(aws: Bench, **weights: float) -> None:
    changes = [{"VariantName": name, "DesiredWeight": to} for name, to in weights.items()]
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn", DesiredWeightsAndCapacities=changes
    )


def count(aws: Bench, name: str, to: int) -> None:
    aws.client.update_endpoint_weights_and_capacities(
        EndpointName="churn",
        DesiredWeightsAndCapacities=[{"VariantName": name, "DesiredInstanceCount": to}],
    )


def test_an_update_shows_the_old_configuration_until_it_is_done(aws: Bench) -> None:
    aws.config("config-2")
    update(aws)
    described = aws.describe()
    assert described["EndpointStatus"] == "Updating"
    assert described["EndpointConfigName"] == "config-1"
    assert described["PendingDeploymentSummary"]["EndpointConfigName"] == "config-2"

    aws.clock.advance(240)
    described = aws.describe()
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "config-2"
    assert "PendingDeploymentSummary" not in described
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]


def test_an_update_needs_another_configuration(aws: Bench) -> None:
    with refusal():
        update(aws, "config-1")


def test_an_update_needs_the_present_configuration_to_exist(aws: Bench) -> None:
    aws.config("config-2")
    aws.client.delete_endpoint_config(EndpointConfigName="config-1")
    with refusal(says="Could not find endpoint configuration"):
        update(aws)


def test_an_update_does_not_see_a_configuration_that_was_just_made(aws: Bench) -> None:
    aws.sagemaker.configs.lag_seconds = 5
    aws.config("config-2")
    with refusal(says="Could not find endpoint configuration"):
        update(aws)


def test_by_default_an_update_resets_weights_and_counts(aws: Bench) -> None:
    weigh(aws, live=5.0, candidate=5.0)
    aws.clock.advance(60)
    count(aws, "live", 7)
    aws.clock.advance(60)
    aws.config("config-2", live=9.0, candidate=1.0)
    update(aws)
    aws.clock.advance(240)
    assert aws.variant("live")["CurrentInstanceCount"] == 2
    assert aws.variant("live")["CurrentWeight"] == 9.0


def test_retaining_keeps_weights_and_counts_of_known_variants(aws: Bench) -> None:
    weigh(aws, live=5.0, candidate=5.0)
    aws.clock.advance(60)
    count(aws, "live", 7)
    aws.clock.advance(60)
    aws.config("config-2", live=1.0, newcomer=3.0)
    update(aws, RetainAllVariantProperties=True)
    aws.clock.advance(240)
    assert aws.variant("live")["CurrentInstanceCount"] == 7
    assert aws.variant("live")["CurrentWeight"] == 5.0
    assert aws.variant("newcomer")["CurrentWeight"] == 3.0


@pytest.mark.parametrize(
    ("excluded", "weight", "instances"),
    [("DesiredWeight", 1.0, 7), ("DesiredInstanceCount", 9.0, 2)],
)
def test_excluded_properties_come_from_the_configuration(
    aws: Bench, excluded: str, weight: float, instances: int
) -> None:
    count(aws, "live", 7)
    aws.clock.advance(60)
    aws.config("config-2", live=1.0)
    exclusion = [{"VariantPropertyType": excluded}]
    update(aws, RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=exclusion)
    aws.clock.advance(240)
    assert aws.variant("live")["CurrentWeight"] == weight
    assert aws.variant("live")["CurrentInstanceCount"] == instances


def test_while_something_is_in_progress_every_change_is_refused(aws: Bench) -> None:
    aws.config("config-2")
    update(aws)
    for change in (
        lambda: update(aws),
        lambda: weigh(aws, live=1.0),
        lambda: aws.client.delete_endpoint(EndpointName="churn"),
    ):
        with refusal(says="Cannot update in-progress endpoint"):
            change()


def test_a_failed_update_ends_in_service_on_the_old_configuration(aws: Bench) -> None:
    aws.model("two", image="unknown:1")
    aws.client.create_endpoint_config(
        EndpointConfigName="config-2",
        ProductionVariants=[variant("live"), variant("candidate", ModelName="two")],
    )
    update(aws)
    aws.clock.advance(240)
    described = aws.describe()
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "config-1"
    assert "unknown:1" in described["FailureReason"]
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]


@pytest.mark.parametrize("reason", [None, "no capacity"])
def test_a_rollback_can_be_silent(aws: Bench, reason: str | None) -> None:
    aws.config("config-2")
    aws.sagemaker.faults.roll_back_next_update(reason)
    update(aws)
    aws.clock.advance(240)
    assert aws.describe()["EndpointConfigName"] == "config-1"
    assert aws.describe().get("FailureReason") == reason
    update(aws)
    aws.clock.advance(240)
    assert aws.describe()["EndpointConfigName"] == "config-2"


BROKEN = "UpdateRollbackFailed"


def broken(aws: Bench) -> None:
    """An update to config-2 and its rollback failed."""
    aws.config("config-2", live=9.0, candidate=1.0)
    aws.config("config-3", live=9.0, candidate=1.0)
    aws.sagemaker.faults.fail_next_rollback()
    update(aws)
    aws.clock.advance(240)
    assert aws.describe()["EndpointStatus"] == BROKEN


def test_another_update_repairs_a_failed_rollback(aws: Bench) -> None:
    broken(aws)
    update(aws, "config-3")
    assert aws.describe()["EndpointStatus"] == "Updating"
    aws.clock.advance(240)
    described = aws.describe()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == (
        "InService",
        "config-3",
    )


@pytest.mark.parametrize("undone", [False, True])
def test_a_repair_may_fail_again(aws: Bench, undone: bool) -> None:
    broken(aws)
    faults = aws.sagemaker.faults
    (faults.roll_back_next_update if undone else faults.fail_next_rollback)()
    before = aws.describe()["LastModifiedTime"]
    update(aws, "config-3")
    aws.clock.advance(240)
    described = aws.describe()
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == (BROKEN, "config-1")
    assert described["LastModifiedTime"] > before


def test_whether_the_configuration_that_is_shown_repairs_is_a_switch(aws: Bench) -> None:
    broken(aws)
    with refusal(says="already uses"):
        update(aws, "config-1")
    aws.sagemaker.faults.repairs_same = True
    update(aws, "config-1")
    aws.clock.advance(240)
    assert aws.describe()["EndpointStatus"] == "InService"


def test_whether_a_failed_rollback_takes_weights_is_a_switch(aws: Bench) -> None:
    """They act, and it stays as broken as it was."""
    broken(aws)
    aws.sagemaker.faults.broken_weights = True
    weigh(aws, candidate=0.0)
    aws.clock.advance(60)
    described = aws.describe()
    assert described["EndpointStatus"] == BROKEN
    assert [v["CurrentWeight"] for v in described["ProductionVariants"]] == [9.0, 0.0]


def test_whether_a_failed_rollback_is_repaired_at_all_is_a_switch(aws: Bench) -> None:
    broken(aws)
    aws.sagemaker.faults.repairs = False
    with refusal(says="Cannot update in-progress endpoint"):
        update(aws, "config-3")


def test_a_failed_rollback_serves_a_mix_and_takes_no_weights(aws: Bench) -> None:
    aws.config("config-2", live=9.0)
    aws.sagemaker.faults.fail_next_rollback()
    update(aws)
    aws.clock.advance(240)
    assert aws.describe()["EndpointStatus"] == "UpdateRollbackFailed"
    assert aws.statuses()[-1] == "UPDATE_ROLLBACK_FAILED"
    with refusal(says="Cannot update in-progress endpoint"):
        weigh(aws, live=1.0)
    aws.sagemaker.updates.recover("churn")
    assert aws.describe()["EndpointStatus"] == "InService"


def test_a_stuck_update_waits_for_the_test(aws: Bench) -> None:
    aws.config("config-2")
    aws.sagemaker.faults.stick_next_update()
    update(aws)
    aws.clock.advance(7 * 24 * 3600)
    assert aws.describe()["EndpointStatus"] == "Updating"
    aws.sagemaker.updates.unstick("churn")
    aws.clock.advance(240)
    assert aws.describe()["EndpointConfigName"] == "config-2"


def test_a_system_update_blocks_changes_for_its_minutes(aws: Bench) -> None:
    aws.sagemaker.updates.system_update("churn", minutes=5)
    with refusal(says="Cannot update in-progress endpoint"):
        weigh(aws, live=1.0)
    aws.clock.advance(300)
    weigh(aws, live=1.0)
    assert aws.statuses() == ["SYSTEM_UPDATING", "IN_SERVICE", "UPDATING"]


def test_desired_and_current_weights_differ_until_in_service(aws: Bench) -> None:
    weigh(aws, live=5.0, candidate=5.0)
    assert aws.describe()["EndpointStatus"] == "Updating"
    assert aws.variant("live")["DesiredWeight"] == 5.0
    assert aws.variant("live")["CurrentWeight"] == 9.0
    aws.clock.advance(60)
    assert aws.variant("live")["CurrentWeight"] == 5.0
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]


def test_a_weight_change_keeps_what_it_omits(aws: Bench) -> None:
    weigh(aws, candidate=0.0)
    aws.clock.advance(60)
    assert aws.variant("live")["CurrentWeight"] == 9.0
    assert aws.variant("candidate")["CurrentWeight"] == 0.0
    assert aws.variant("candidate")["CurrentInstanceCount"] == 2


def test_a_weight_change_leaves_the_configuration_alone(aws: Bench) -> None:
    weigh(aws, live=1.0)
    aws.clock.advance(60)
    config = aws.client.describe_endpoint_config(EndpointConfigName="config-1")
    weights = [found["InitialVariantWeight"] for found in config["ProductionVariants"]]
    assert weights == [9.0, 1.0]


def test_a_weight_change_can_be_rolled_back(aws: Bench) -> None:
    aws.sagemaker.faults.roll_back_next_weights()
    weigh(aws, live=1.0)
    aws.clock.advance(60)
    assert aws.describe()["EndpointStatus"] == "RollingBack"
    aws.clock.advance(60)
    assert aws.variant("live")["CurrentWeight"] == 9.0
    assert aws.variant("live")["DesiredWeight"] == 9.0
    assert aws.statuses() == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_only_known_variants_can_be_weighed(aws: Bench) -> None:
    with refusal():
        weigh(aws, stranger=1.0)


def test_limits_are_modelled_errors(aws: Bench) -> None:
    aws.config("config-2")
    aws.sagemaker.faults.limit_next("UpdateEndpoint")
    with pytest.raises(aws.client.exceptions.ResourceLimitExceeded):
        update(aws)
    update(aws)


def test_retaining_data_capture_is_refused_loudly(aws: Bench) -> None:
    aws.config("config-2")
    excluded = [{"VariantPropertyType": "DataCaptureConfig"}]
    with pytest.raises(NotSupportedByTwin):
        update(aws, RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=excluded)


def test_weights_that_are_all_zero_are_refused_loudly(aws: Bench) -> None:
    with pytest.raises(NotSupportedByTwin, match="all zero"):
        weigh(aws, live=0.0, candidate=0.0)


def register(aws: Bench, **more: Any) -> None:
    aws.scaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/churn/variant/live",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        **more,
    )


def target(aws: Bench) -> dict[str, Any]:
    found = aws.scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=["endpoint/churn/variant/live"]
    )
    described: dict[str, Any] = found["ScalableTargets"][0]
    return described


def test_scaling_changes_counts_through_updating(aws: Bench) -> None:
    register(aws, MinCapacity=1, MaxCapacity=5)
    assert aws.sagemaker.scaling.act("churn", "live", 4)
    assert aws.describe()["EndpointStatus"] == "Updating"
    aws.clock.advance(60)
    assert aws.variant("live")["CurrentInstanceCount"] == 4
    assert aws.statuses() == ["UPDATING", "IN_SERVICE"]


def test_suspension_keeps_the_target_and_stops_the_scaling(aws: Bench) -> None:
    register(aws, MinCapacity=1, MaxCapacity=5)
    shown = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"),
        False,
    )
    assert target(aws)["SuspendedState"] == shown
    register(aws, SuspendedState={**shown, "DynamicScalingInSuspended": True})
    assert target(aws)["SuspendedState"]["DynamicScalingInSuspended"]
    assert (target(aws)["MinCapacity"], target(aws)["MaxCapacity"]) == (1, 5)
    assert not aws.sagemaker.scaling.act("churn", "live", 1)
    assert aws.sagemaker.scaling.act("churn", "live", 3)


def test_scaling_is_blocked_while_the_endpoint_changes(aws: Bench) -> None:
    register(aws, MinCapacity=1, MaxCapacity=5)
    weigh(aws, live=1.0)
    assert not aws.sagemaker.scaling.act("churn", "live", 4)


def test_a_scalable_variant_neither_goes_nor_changes_its_type(aws: Bench) -> None:
    register(aws, MinCapacity=1, MaxCapacity=5)
    aws.config("config-2", other=1.0)
    with refusal(says="scalable target"):
        update(aws)
    bigger = variant("live", InstanceType="ml.m5.xlarge")
    aws.client.create_endpoint_config(EndpointConfigName="config-3", ProductionVariants=[bigger])
    with refusal(says="scalable target"):
        update(aws, "config-3")


def test_scalable_targets_go_with_their_endpoint(aws: Bench) -> None:
    register(aws, MinCapacity=1, MaxCapacity=5)
    aws.client.delete_endpoint(EndpointName="churn")
    aws.clock.advance(60)
    found = aws.scaling.describe_scalable_targets(ServiceNamespace="sagemaker")
    assert found["ScalableTargets"] == []


def test_registration_is_checked(aws: Bench) -> None:
    with refusal():
        register(aws, MinCapacity=1)
    with pytest.raises(NotSupportedByTwin, match="AWS scales at once"):
        register(aws, MinCapacity=3, MaxCapacity=5)
    with pytest.raises(NotSupportedByTwin, match="SuspendedState"):
        register(aws, MinCapacity=1, MaxCapacity=5, SuspendedState={})
