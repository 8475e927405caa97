"""A good package comes to serve all users, whatever the strategy and whatever was there before."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ANSWERED, PROMOTED, REFUSED, ending, row
from tests.end_to_end.people import build_endpoint, edit_endpoint, put_config

ALL_AT_ONCE = {"rollout": {"strategy": "all_at_once", "watch_minutes": 2}}


def shifts(bench: Bench) -> list[float]:
    """The candidate's share after each shift, percent."""
    return [said["to_percent"] for said in bench.events("Traffic Shifted")]


def test_the_first_release_creates_the_endpoint(bench: Bench) -> None:
    bench.policy()
    package = bench.register()
    execution = bench.released(package)
    assert row(execution) == PROMOTED
    assert set(ending(execution)) == ANSWERED
    assert bench.serving == [package]


TAGGED = ("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:CreateEndpoint")
WANTS_A_TAG = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Action": [*TAGGED, "cloudwatch:PutMetricAlarm"],
            "Resource": "*",
            "Condition": {"Null": {"aws:RequestTag/CostCentre": "true"}},
        }
    ],
}


@pytest.fixture
def wants_a_tag(bench: Bench) -> Iterator[None]:
    """The organisation denies whatever is created without a cost centre."""
    bench.twin.permissions.control([WANTS_A_TAG])
    yield
    bench.twin.permissions.control([])


@pytest.mark.usefixtures("wants_a_tag")
def test_everything_that_is_created_has_the_tags_of_the_policy(bench: Bench) -> None:
    bench.policy({"serving": {"tags": {"CostCentre": "4711"}}})
    assert row(bench.released(bench.register())) == PROMOTED
    bench.drive()
    assert row(bench.released(bench.register())) == PROMOTED


def test_a_canary_is_promoted_step_by_step(bench: Bench) -> None:
    before = bench.live(rollout={"steps": [10, 50]})
    package = bench.register()
    said = ending(bench.released(package))
    assert said["ending"] == "promoted"
    assert (said["live_model_package_arn"], said["previous_model_package_arn"]) == (package, before)
    assert (said["endpoint"], said["tidy"]) == (bench.endpoint, "done")
    assert (bench.serving, bench.shares) == ([package], {"live": 1.0})
    assert shifts(bench) == [100, 10, 50, 100]


def test_linear_steps_grow_by_the_increment(bench: Bench) -> None:
    bench.live(rollout={"strategy": "linear", "increment": 40, "steps": None})
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    assert shifts(bench) == [100, 40, 80, 100]


def test_one_execution_may_go_all_at_once(bench: Bench) -> None:
    bench.live()
    package = bench.approved_unseen()
    assert row(bench.released_by_hand(package, policy=ALL_AT_ONCE)) == PROMOTED
    assert shifts(bench) == [100, 100]


def test_the_hold_is_one_more_step_at_the_last_share(bench: Bench) -> None:
    bench.live(rollout={"hold_minutes": 3})
    bench.released(bench.register())
    stages = bench.events("Release Started")[-1]["stages"]
    assert [stage for stage in stages if stage.startswith("50 %")] == [
        "50 % of the requests for 2 minutes",
        "50 % of the requests for 3 minutes",
    ]
    assert shifts(bench) == [100, 50, 100]


def test_an_existing_endpoint_is_refused_without_adopt(bench: Bench) -> None:
    config = build_endpoint(bench, "AllTraffic")
    bench.policy()
    execution = bench.released(bench.register())
    assert row(execution) == REFUSED
    assert '"adopt": true' in ending(execution)["reason"]
    assert bench.shown()["EndpointConfigName"] == config


def test_an_adopted_endpoint_keeps_what_the_policy_does_not_name(bench: Bench) -> None:
    build_endpoint(bench, "AllTraffic")
    bench.drive()
    bench.policy({"serving": {"instance_type": None, "instance_count": None}})
    package = bench.approved_unseen()
    execution = bench.released_by_hand(package, adopt=True)
    assert row(execution) == PROMOTED
    assert bench.shares == {"AllTraffic": 1.0}
    assert bench.shown()["ProductionVariants"][0]["CurrentInstanceCount"] == 3
    assert bench.variant()["InstanceType"] == "ml.m5.xlarge"
    assert bench.model()["PrimaryContainer"]["Environment"] == {"MODE": "fast"}


def test_a_drifted_endpoint_is_refused_until_the_change_is_undone(bench: Bench) -> None:
    bench.live()
    ours = bench.shown()["EndpointConfigName"]
    theirs = edit_endpoint(bench)
    execution = bench.released(bench.register())
    assert row(execution) == REFUSED
    assert theirs in ending(execution)["reason"]
    assert bench.events("Endpoint Drifted")
    put_config(bench, ours)
    bench.sweep()
    assert bench.gate().drift is None
    assert row(bench.released(bench.register())) == PROMOTED


def test_a_drifted_endpoint_is_released_to_with_adopt(bench: Bench) -> None:
    bench.live()
    edit_endpoint(bench)
    package = bench.register()
    assert row(bench.released(package)) == REFUSED
    assert row(bench.released_by_hand(package, adopt=True)) == PROMOTED
    assert bench.serving == [package]


@pytest.mark.parametrize("count", [1, 4])
def test_counts_are_retained_or_raised_never_lowered(bench: Bench, count: int) -> None:
    bench.live()
    scaled = {"VariantName": "live", "DesiredInstanceCount": count}
    bench.twin.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=bench.endpoint, DesiredWeightsAndCapacities=[scaled]
    )
    bench.until_status("InService")
    bench.released(bench.register())
    assert bench.shown()["ProductionVariants"][0]["CurrentInstanceCount"] == count
