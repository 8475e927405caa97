"""A dry run plans, claims nothing, touches nothing and says who holds the endpoint."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ANSWERED, PLANNED, ending, row


def everything(bench: Bench) -> tuple[object, ...]:
    """What a release would change."""
    sagemaker = bench.twin.client("sagemaker")
    configs = sagemaker.list_endpoint_configs(NameContains=bench.endpoint)["EndpointConfigs"]
    return len(configs), bench.status, bench.gate(), len(bench.alarms()), len(bench.records())


def test_a_dry_run_creates_nothing_and_claims_nothing(bench: Bench) -> None:
    live = bench.live()
    package = bench.approved_unseen()
    before = everything(bench)
    execution = bench.released_by_hand(package, dry_run=True)
    assert row(execution) == PLANNED
    assert set(ending(execution)) == {*ANSWERED, "plan"}
    assert ending(execution)["live_model_package_arn"] == live
    assert "free" in ending(execution)["reason"]
    assert everything(bench) == before


def test_a_plan_says_what_will_be_done_and_what_it_takes(bench: Bench) -> None:
    bench.live(rollout={"steps": [10, 50]})
    plan = ending(bench.released_by_hand(bench.approved_unseen(), dry_run=True))["plan"]
    assert [stage["percent"] for stage in plan["stages"]] == [0, 10, 50, 100]
    assert plan["peak_instances"] == 2 * 2 + 2
    assert plan["least_minutes"] == 1 + 2 + 2 + 2
    assert 0 < plan["history_events"] < 20_000
    assert any("latency is not judged" in note for note in plan["notes"])


def test_a_dry_run_of_a_first_release_plans_the_endpoint(bench: Bench) -> None:
    bench.policy()
    execution = bench.released_by_hand(bench.approved_unseen(), dry_run=True)
    assert row(execution) == PLANNED
    assert not bench.exists


def test_a_dry_run_during_a_release_names_the_holder(bench: Bench) -> None:
    bench.live()
    release = bench.started(bench.register())
    bench.until_share(50)
    execution = bench.released_by_hand(bench.approved_unseen(), dry_run=True)
    assert row(execution) == PLANNED
    assert release in ending(execution)["reason"]
    assert bench.gate().owner == release
