"""How alarms change state, and whom they tell."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from tests.worlds.cloudwatch_bench import START, Bench, alarm, bench, stat
from twin.core.hooks import NotSupportedByTwin

TOPIC = "arn:aws:sns:eu-west-1:123456789012:people"
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors"


@pytest.fixture
def twin() -> Iterator[Bench]:
    with bench() as installed:
        yield installed


def serve(twin: Bench, minutes: range, failed: int, requests: int = 100) -> None:
    for minute in minutes:
        twin.record("Invocations", {1.0: requests}, minute)
        twin.record("Invocation5XXErrors", {0.0: requests - failed, 1.0: failed}, minute)


def test_an_alarm_starts_without_data(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm())
    (found,) = twin.client.describe_alarms()["MetricAlarms"]
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert found["StateReason"] == "Unchecked: Initial alarm creation"
    assert "StateReasonData" not in found
    assert found["StateTransitionedTimestamp"].timestamp() == START


def test_two_bad_minutes_of_three_alarm_three_to_four_minutes_later(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm())
    serve(twin, range(4), failed=0)
    serve(twin, range(4, 20), failed=20)
    twin.minutes(7)
    assert twin.state("errors") == "OK"
    twin.minutes(0.1)
    assert twin.state("errors") == "ALARM"
    assert twin.changes("errors") == ["OK", "ALARM"]


def test_a_share_over_too_few_requests_is_no_share(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm())
    serve(twin, range(20), failed=5, requests=9)
    twin.minutes(10)
    assert twin.changes("errors") == ["OK"]


def test_after_traffic_stops_the_last_datapoints_are_judged_again(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(TreatMissingData="missing"))
    serve(twin, range(5), failed=20)
    twin.minutes(9.1)
    assert twin.state("errors") == "ALARM"
    twin.minutes(1)
    assert twin.state("errors") == "INSUFFICIENT_DATA"


def test_data_from_before_the_alarm_counts_at_once(twin: Bench) -> None:
    serve(twin, range(10), failed=20)
    twin.minutes(10)
    twin.client.put_metric_alarm(**alarm())
    twin.minutes(0.1)
    assert twin.state("errors") == "ALARM"


def test_fill_hides_the_newest_minutes_of_a_one_minute_alarm(twin: Bench) -> None:
    """AWS: the period that is not published yet is filled, so such an alarm can be stuck."""
    metrics = [{"Id": "e", "Expression": "FILL(m, 0)"}, stat("Invocations", "Sum", returned=False)]
    twin.client.put_metric_alarm(
        **alarm(Metrics=metrics, EvaluationPeriods=1, DatapointsToAlarm=1, Threshold=5)
    )
    serve(twin, range(20), failed=0)
    twin.minutes(10)
    assert twin.changes("errors") == ["OK"]


@pytest.mark.parametrize(("expression", "states"), [("FILL(m, 0)", ["OK"]), ("m", ["OK", "ALARM"])])
def test_data_that_come_a_period_late_are_seen_by_two_periods_and_never_through_fill(
    twin: Bench, expression: str, states: list[str]
) -> None:
    twin.installed.store.late["Invocations"] = 60
    metrics = [
        {"Id": "e", "Expression": expression},
        stat("Invocations", "Sum", returned=False),
    ]
    of = 1 if "FILL" in expression else 2
    twin.client.put_metric_alarm(
        **alarm(Metrics=metrics, EvaluationPeriods=of, DatapointsToAlarm=1, Threshold=5)
    )
    serve(twin, range(2, 3), failed=0)
    twin.minutes(8)
    assert twin.changes("errors")[:2] == states


def test_an_update_replaces_the_configuration_and_keeps_the_state(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmDescription="old"))
    serve(twin, range(20), failed=20)
    twin.minutes(5)
    twin.client.put_metric_alarm(**alarm(Threshold=0.5))
    (found,) = twin.client.describe_alarms()["MetricAlarms"]
    assert found["StateValue"] == "ALARM"
    assert "AlarmDescription" not in found
    twin.minutes(1)
    assert twin.state("errors") == "OK"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmActions=[TOPIC]))
    serve(twin, range(20), failed=0)
    twin.minutes(5)
    twin.client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    assert twin.state("errors") == "ALARM"
    twin.minutes(1)
    assert twin.changes("errors") == ["OK", "ALARM", "OK"]
    assert len(twin.mails) == 1


def test_few_samples_keep_the_state_of_a_percentile_alarm_that_asks_for_it(twin: Bench) -> None:
    series = stat("ModelLatency", "p90")["MetricStat"]["Metric"]
    watched = {"Metrics": None, "ExtendedStatistic": "p90", "Threshold": 1, "Period": 60}
    lenient = {"EvaluateLowSampleCountPercentile": "ignore"}
    twin.client.put_metric_alarm(**alarm("strict", **watched, **series))
    twin.client.put_metric_alarm(**alarm("lenient", **watched, **series, **lenient))
    for minute in range(20):
        twin.record("ModelLatency", {1000.0: 20}, minute)
    twin.minutes(10)
    assert twin.state("strict") == "ALARM"
    assert twin.state("lenient") == "INSUFFICIENT_DATA"


def test_the_event_of_a_change_has_the_shape_of_the_guide(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmDescription="too many errors", ActionsEnabled=False))
    serve(twin, range(-6, 20), failed=20)
    twin.minutes(5)
    source, kind, detail, resources = twin.events[-1]
    assert (source, kind) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert resources == [ARN]
    assert sorted(detail) == ["alarmName", "configuration", "previousState", "state"]
    assert detail["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2023-11-14T22:20:00.000+0000",
    }


def test_the_new_state_tells_its_datapoints(twin: Bench) -> None:
    twin.client.put_metric_alarm(
        **alarm(EvaluationPeriods=1, DatapointsToAlarm=1, TreatMissingData="missing")
    )
    serve(twin, range(20), failed=20)
    twin.minutes(2.5)
    state = twin.events[-1][2]["state"]
    assert state["timestamp"] == "2023-11-14T22:22:04.000+0000"
    assert state["reason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.2 (14/11/23 22:20:00)] was greater"
        " than the threshold (0.1) (minimum 1 datapoint for INSUFFICIENT_DATA -> ALARM transition)."
    )
    assert json.loads(state["reasonData"]) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:22:04.000+0000",
        "startDate": "2023-11-14T22:20:00.000+0000",
        "period": 60,
        "recentDatapoints": [0.2],
        "threshold": 0.1,
    }


def test_the_configuration_in_events_has_dimensions_as_a_map(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(Metrics=[stat("Invocations", "Sum")]))
    (metric,) = twin.events[-1][2]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"]["VariantName"] == "candidate"
    assert metric["returnData"] is True


def test_creating_updating_and_deleting_are_told_as_configuration_changes(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm())
    twin.client.put_metric_alarm(**alarm(Threshold=1))
    twin.client.delete_alarms(AlarmNames=["errors"])
    told = [(kind, detail["operation"]) for _, kind, detail, _ in twin.events]
    kind = "CloudWatch Alarm Configuration Change"
    assert told == [(kind, "create"), (kind, "update"), (kind, "delete")]
    assert twin.events[1][2]["previousConfiguration"]["threshold"] == 0.1


def test_topics_hear_of_transitions_only(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmActions=[TOPIC]))
    serve(twin, range(-6, 20), failed=20)
    twin.minutes(10)
    ((topic, subject, message),) = twin.mails
    assert (topic, subject) == (TOPIC, 'ALARM: "errors" in EU (Ireland)')
    told = json.loads(message)
    assert (told["OldStateValue"], told["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert told["AlarmArn"] == ARN


def test_topics_of_moto_are_published_to_and_missing_ones_only_noted() -> None:
    with bench(moto_topics=True) as twin:
        sns = boto3.client("sns", region_name="eu-west-1")
        topic = sns.create_topic(Name="people")["TopicArn"]
        twin.client.put_metric_alarm(**alarm(AlarmActions=[f"{topic}-gone", topic]))
        twin.client.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a drill")
        items = twin.client.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
        sent = sns_backends["123456789012"]["eu-west-1"].topics[topic].sent_notifications
    assert [item["HistorySummary"].split()[0] for item in items] == ["Successfully", "Failed"]
    assert [subject for _, _, subject, _, _ in sent] == ['ALARM: "errors" in EU (Ireland)']


def test_disabled_actions_tell_no_topic_but_the_event_leaves(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmActions=[TOPIC]))
    twin.client.disable_alarm_actions(AlarmNames=["errors"])
    serve(twin, range(-6, 20), failed=20)
    twin.minutes(10)
    assert twin.mails == []
    assert twin.changes("errors") == ["ALARM"]


def test_alarms_are_found_by_name_prefix_state_and_type(twin: Bench) -> None:
    for name in ("penstock-a", "penstock-b", "other"):
        twin.client.put_metric_alarm(**alarm(name))

    def names(**wanted: object) -> list[str]:
        found = twin.client.describe_alarms(**wanted)["MetricAlarms"]
        return [each["AlarmName"] for each in found]

    assert names(AlarmNamePrefix="penstock-") == ["penstock-a", "penstock-b"]
    assert names(AlarmNames=["other", "missing"]) == ["other"]
    assert names(StateValue="OK") == []
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    with pytest.raises(ClientError, match="cannot be used together"):
        names(AlarmNames=["other"], AlarmNamePrefix="o")


def test_alarms_are_listed_in_pages(twin: Bench) -> None:
    for name in ("a", "b", "c"):
        twin.client.put_metric_alarm(**alarm(name))
    pages = twin.client.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["AlarmName"] for each in page["MetricAlarms"]] for page in pages] == [
        ["a", "b"],
        ["c"],
    ]


def test_the_right_names_are_deleted_although_others_are_unknown(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm())
    with pytest.raises(ClientError, match="ResourceNotFound"):
        twin.client.delete_alarms(AlarmNames=["missing", "errors"])
    assert twin.client.describe_alarms()["MetricAlarms"] == []


def test_the_history_outlives_the_alarm(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(AlarmActions=[TOPIC]))
    serve(twin, range(-6, 20), failed=20)
    twin.minutes(5)
    twin.client.delete_alarms(AlarmNames=["errors"])
    items = twin.client.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        'Alarm "errors" deleted',
        f"Successfully executed action {TOPIC}",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "errors" created',
    ]


def test_tags_given_at_creation_can_be_read_and_changed(twin: Bench) -> None:
    twin.client.put_metric_alarm(**alarm(Tags=[{"Key": "team", "Value": "risk"}]))
    twin.client.tag_resource(ResourceARN=ARN, Tags=[{"Key": "tier", "Value": "1"}])
    twin.client.untag_resource(ResourceARN=ARN, TagKeys=["team"])
    assert twin.client.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "tier", "Value": "1"}
    ]


def test_composite_alarms_are_refused(twin: Bench) -> None:
    with pytest.raises(NotSupportedByTwin, match="put_composite_alarm"):
        twin.client.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(errors)")
