"""What every end-to-end test is held to, and how it leaves the account to the next."""

import json
from contextlib import suppress
from functools import cache

from jsonschema import Draft202012Validator

from penstock.domain.execution.published import EVERY
from tests.end_to_end.bench import Bench
from tests.end_to_end.stage import ROOT
from twin.cloud import Twin


def faults_of(twin: Twin) -> list[str]:
    """What may never happen: a denied call, a lost event, the deletion of what serves."""
    return [
        *(f"denied: {each}" for each in twin.permissions.denied),
        *(f"unsupported: {each}" for each in twin.permissions.unsupported),
        *(f"lost: {each}" for each in twin.events.lost),
        *(f"undelivered: {each}" for each in twin.functions.queue.undelivered),
        *(f"deleted in use: {each}" for each in twin.sagemaker.deleted_in_use),
    ]


QUEUES = ("DeadLetterQueue", "FailedEventsQueue")
TOLD = frozenset(event.detail_type for event in EVERY if event.always_for_people)
"""Endings and calls for attention: people are told as well."""


def check_events(bench: Bench) -> None:
    """Every event is as its published JSON Schema says, and people have the text of endings."""
    texts = [text for _, text in bench.mail()]
    for event in bench.said():
        kind, detail = event["detail-type"], event["detail"]
        _validator(kind).validate(detail)
        untold = kind in TOLD and not any(text.startswith(detail["reason"]) for text in texts)
        assert not untold, f"nobody was told: {event}"


@cache
def _validator(detail_type: str) -> Draft202012Validator:
    """By the published schema; tests/unit/execution/test_announcements.py checks that itself."""
    name = detail_type.lower().replace(" ", "-")
    schema = json.loads((ROOT / "docs" / "events" / f"{name}.schema.json").read_text())
    return Draft202012Validator(schema)


def clear_away(bench: Bench) -> None:
    """End what a test left running, so that sweeps and alarms of later tests stay short."""
    twin = bench.twin
    bench.drive(0)
    twin.events.weather.clear()
    twin.faults.clear()
    twin.client("ssm").delete_parameters(Names=[bench.parameter])
    for execution in bench.executions():
        if execution.status == "RUNNING":
            twin.client("stepfunctions").stop_execution(executionArn=execution.arn)
    names = [alarm["AlarmName"] for alarm in bench.alarms()]
    twin.client("cloudwatch").delete_alarms(AlarmNames=names)
    _empty_queues(twin)
    _empty_ledger(bench)
    _delete_endpoint(bench)
    _forget_what_happened(twin)


def _forget_what_happened(twin: Twin) -> None:
    """Millions of objects would make every garbage collection last seconds."""
    twin.machines.forget_ended()
    twin.events.published.clear()
    twin.functions.calls.log.clear()


def _empty_queues(twin: Twin) -> None:
    """What lies in them keeps an alarm of the stack on. SQS purges a queue once a minute."""
    for queue in QUEUES:
        if twin.queue_depth(queue):
            twin.clock.sleep(60)
            twin.client("sqs").purge_queue(QueueUrl=twin.resources[queue])


def _empty_ledger(bench: Bench) -> None:
    """moto copies the whole table for every transaction."""
    table, dynamodb = bench.twin.outputs["LedgerTableName"], bench.twin.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    for item in [item for page in pages for item in page["Items"]]:
        dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def _delete_endpoint(bench: Bench) -> None:
    with suppress(KeyError):
        bench.twin.sagemaker.updates.unstick(bench.endpoint)
    deletable = {"InService", "Failed", "UpdateRollbackFailed", None}
    bench.twin.until(lambda: bench.status in deletable, 60, "a calm endpoint", 30)
    if bench.exists:
        bench.twin.client("sagemaker").delete_endpoint(EndpointName=bench.endpoint)
