"""A/B tests by what an application publishes: the better one wins, and no difference is none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ending, row
from tests.end_to_end.stage import BUCKET
from tests.worlds.goals import GOAL
from twin.core import service_metrics
from twin.sagemaker.outcomes import Goal, Outcome, Outcomes

DELAY = 10
TEST: dict[str, Any] = {
    "strategy": "ab",
    "steps": [10],
    "step_minutes": 2,
    "max_days": 2,
    "goal": {**GOAL, "least_effect": 0.1, "delay_minutes": DELAY},
}
HOURS = 60


@contextmanager
def shop(bench: Bench, live: float, candidate: float) -> Iterator[None]:
    """Every request leads to an order at these rates, and the application's log says so later."""
    goal = Goal("Shop", "Converted", GOAL["dimensions"], DELAY, "embedded")
    put = bench.twin.client("cloudwatch").put_metric_data
    outcomes = Outcomes(bench.twin.clock, goal, put=put, log=service_metrics.of_log)
    for version, mean in ((1, live), (2, candidate)):
        outcomes.earn(f"s3://{BUCKET}/{bench.group}/{version}/model.tar.gz", Outcome(mean))
    listeners = bench.twin.synthetic.listeners
    listeners.append(outcomes)
    try:
        yield
    finally:
        listeners.remove(outcomes)


def evidence(bench: Bench, release: str) -> dict[str, Any]:
    """What the evidence bucket keeps of the goal."""
    client = bench.twin.client("s3")
    names = [each["Name"] for each in client.list_buckets()["Buckets"]]
    key = f"releases/{bench.endpoint}/{release}/goal.json"
    for bucket in names:
        found = client.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
        if found:
            document: dict[str, Any] = json.loads(
                client.get_object(Bucket=bucket, Key=key)["Body"].read()
            )
            return document
    raise AssertionError(f"no {key} in {names}")


def test_the_better_package_is_promoted_and_the_event_says_by_how_much(bench: Bench) -> None:
    before = bench.live(rollout=TEST)
    with shop(bench, 0.2, 0.5):
        bench.pass_minutes(2 * HOURS)
        package = bench.register()
        execution = bench.end(bench.started(package), 10 * HOURS)
    assert row(execution) == PROMOTED
    assert bench.serving == [package] != [before]
    told = bench.events("Release Promoted")[-1]["reason"]
    assert told.startswith("the candidate is better: conversion 0.")
    assert [each["to_percent"] for each in bench.events("Traffic Shifted")][-3:] == [10, 50, 100]
    stages = bench.events("Release Started")[-1]["stages"]
    assert "50 % of the requests until conversion decides, at most 2 days" in stages
    kept = evidence(bench, ending(execution)["release_id"])
    assert kept["decision"] == "better"
    assert kept["candidate"]["outcomes"] > 50
    assert any("conversion of live was 0." in note for note in bench.last_plan().notes)


def test_without_a_difference_the_old_one_serves_on(bench: Bench) -> None:
    before = bench.live(rollout=TEST)
    with shop(bench, 0.3, 0.3):
        execution = bench.end(bench.started(bench.register()), 40 * HOURS)
    assert row(execution) == ("SUCCEEDED", None, "observed")
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    told = bench.events("Release Observed")[-1]["reason"]
    assert told.startswith("no relevant difference: conversion 0.")
    assert "; live is kept: " in told
