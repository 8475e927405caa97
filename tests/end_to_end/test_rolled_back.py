"""Harm shuts the gate: every alarm rule, and what it does to the release in hand."""

from datetime import datetime

from penstock.domain.ledger.gate import WINDOW
from tests.end_to_end.alarms import OwnAlarm, fired, rolled_back_calls
from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import ANSWERED, PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.policies import Document
from tests.end_to_end.stage import BUCKET
from twin.sagemaker.synthetic import Behaviour

LONG = {"rollout": {"step_minutes": 20}}
LISTED = 17
"""Minutes after which a new series is listed."""
SLOW = Behaviour(slow_rate=0.5, slow_ms=900)


def test_failing_answers_roll_back(bench: Bench) -> None:
    before = bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    said = ending(execution)
    assert set(said) == ANSWERED
    assert said["reason"] == f"the alarm penstock-{bench.endpoint}-errors fired"
    assert (said["live_model_package_arn"], said["previous_model_package_arn"]) == (before, package)
    assert (bench.serving, bench.shares, said["tidy"]) == ([before], {"live": 1.0}, "done")
    assert bench.alarms() == []


def test_slow_answers_roll_back_where_the_policy_has_an_objective(bench: Bench) -> None:
    bench.live(judge={"latency_objective_ms": 200}, **LONG)
    execution = bench.released(bench.register(behaviour=SLOW))
    assert row(execution) == ROLLED_BACK
    assert f"penstock-{bench.endpoint}-latency" in ending(execution)["reason"]


def test_slow_answers_are_not_judged_without_an_objective_and_live_s_latency(bench: Bench) -> None:
    """Live has just begun to serve."""
    bench.live(rollout={"step_minutes": 6})
    assert row(bench.released(bench.register(behaviour=SLOW))) == PROMOTED


def test_the_shares_go_back_within_seconds_of_the_alarms_event(bench: Bench) -> None:
    bench.live(**LONG)
    bench.released(bench.register(behaviour=BAD))
    event = fired(bench, f"penstock-{bench.endpoint}-errors")
    at = datetime.fromisoformat(event["detail"]["state"]["timestamp"]).timestamp()
    assert 0 <= rolled_back_calls(bench)[0] - at < 30  # the next look is a minute away


def test_the_configuration_goes_back_after_the_shares(bench: Bench) -> None:
    bench.live(**LONG)
    bench.released(bench.register(behaviour=BAD))
    calls = [
        call.operation
        for call in bench.twin.functions.calls.log
        if call.function == "penstock-RollBack" and call.service == "sagemaker"
        if call.parameters.get("EndpointName") == bench.endpoint
        if call.operation.startswith("Update")
    ]
    assert calls == ["UpdateEndpointWeightsAndCapacities", "UpdateEndpoint"]


def test_the_policys_own_alarm_rolls_back(bench: Bench) -> None:
    alarm = OwnAlarm(bench)
    bench.live(alarms=[alarm.name], **LONG)
    release = bench.started(bench.register())
    bench.until_share(50)
    alarm.count(3)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert alarm.name in ending(execution)["reason"]


def test_a_silent_alarm_of_the_policy_neither_stops_nor_passes(bench: Bench) -> None:
    alarm = OwnAlarm(bench)
    bench.live(alarms=[alarm.name])
    assert alarm.state == "INSUFFICIENT_DATA"
    assert row(bench.released(bench.register())) == PROMOTED


def test_an_alarm_in_the_watch_window_goes_back_to_the_previous_package(bench: Bench) -> None:
    before = bench.live(rollout={"watch_minutes": 30})
    package = bench.register()
    release = bench.started(package)
    bench.until_step(WINDOW)
    model = f"s3://{BUCKET}/{bench.group}/2/model.tar.gz"
    bench.twin.synthetic.behave(model, BAD)
    execution = bench.end(release)
    assert row(execution) == ROLLED_BACK
    assert f"penstock-{bench.endpoint}-errors" in ending(execution)["reason"]
    assert bench.serving == [before]


def test_an_alarm_that_fires_before_the_start_refuses(bench: Bench) -> None:
    alarm = OwnAlarm(bench)
    before = bench.live(alarms=[alarm.name])
    alarm.count(3)
    package = bench.register()
    execution = bench.released(package)
    assert row(execution) == REFUSED
    assert f"already in ALARM: {alarm.name}" in ending(execution)["reason"]
    assert bench.serving == [before]
    assert row(bench.released_by_hand(package, fix_forward=True)) == PROMOTED


def test_an_alarm_that_does_not_exist_refuses(bench: Bench) -> None:
    bench.live(alarms=["nobody-made-this"])
    execution = bench.released(bench.register())
    assert row(execution) == REFUSED
    assert "nobody-made-this" in ending(execution)["reason"]


def test_a_late_alarm_of_an_earlier_release_is_ignored(bench: Bench) -> None:
    bench.live(**LONG)
    bench.released(bench.register(behaviour=BAD))
    late = fired(bench, f"penstock-{bench.endpoint}-errors")
    bench.policy()
    release = bench.started(bench.register())
    bench.until_share(50)
    bench.twin.events.publish({**late, "id": "again"})
    assert row(bench.end(release)) == PROMOTED


def test_alarms_of_other_endpoints_are_ignored(bench: Bench) -> None:
    stranger = OwnAlarm(bench)
    bench.live()
    release = bench.started(bench.register())
    bench.until_share(50)
    stranger.count(3)
    assert row(bench.end(release)) == PROMOTED


def test_release_alarms_read_the_series_that_aws_publishes(bench: Bench) -> None:
    bench.live(judge={"latency_objective_ms": 200}, **LONG)
    bench.started(bench.register())
    bench.until_share(50)
    bench.pass_minutes(LISTED)
    queries = [q["MetricStat"] for a in bench.alarms() for q in a["Metrics"] if "MetricStat" in q]
    assert {series(query["Metric"]) for query in queries} <= published(bench)
    assert {len(query["Metric"]["Dimensions"]) for query in queries} == {3}
    assert [query for query in queries if "Unit" in query] == []
    assert len(queries) == 4 + 3


def published(bench: Bench) -> set[object]:
    """The series of this endpoint that CloudWatch knows."""
    where = [{"Name": "EndpointName", "Value": bench.endpoint}]
    pages = bench.twin.client("cloudwatch").get_paginator("list_metrics").paginate(Dimensions=where)
    return {series(metric) for page in pages for metric in page["Metrics"]}


def series(metric: Document) -> object:
    """What names a series, whatever the order of its dimensions."""
    dimensions = frozenset((d["Name"], d["Value"]) for d in metric["Dimensions"])
    return metric["Namespace"], metric["MetricName"], dimensions
