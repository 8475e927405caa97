"""What the template keeps, takes in, gives out, logs and watches."""

import json

import pytest

from penstock.domain.policy.golden import LONGEST_ANSWER
from penstock.usecases.judging.ask_golden import SPARE_MS
from penstock.usecases.moving.roll_back import SLOW_SECONDS, STUCK_SECONDS
from tests.worlds.deployed import ROOT, functions, machine, of_type, resources, source
from tests.worlds.world import ASKS_FOR_MS

RETAINED = {"LedgerTable", "EvidenceBucket", "EvidenceBucketPolicy", "NotificationTopic"}
PARAMETERS: dict[str, object] = {
    "PolicyPath": "/penstock/policies",
    "ControlPath": "/penstock/control",
    "NotificationEmail": "",
    "SweepMinutes": 15,
    "LogLevel": "INFO",
    "LogRetentionDays": 90,
    "EndpointNamePattern": "*",
    "ServingRoleArns": "",
    "ReportBucketArns": "",
    "GoldenBucketArns": "",
    "CaptureBucketArns": "",
    "KmsKeyArns": "",
    "ReadKeyArns": "",
    "EncryptionKeyArn": "",
    "PermissionsBoundaryArn": "",
    "RolePath": "/",
    "Architecture": "arm64",
}
OUTPUTS = {
    "ReleaseStateMachineArn": "ReleaseStateMachine",
    "LedgerTableName": "LedgerTable",
    "EvidenceBucketName": "EvidenceBucket",
    "NotificationTopicArn": "NotificationTopic",
    "PolicyPath": "PolicyPath",
    "ControlPath": "ControlPath",
}


def test_every_log_group_has_its_retention() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == 2
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("function", functions())
def test_a_function_logs_there_and_is_traced(function: str) -> None:
    properties = functions()[function]
    assert properties["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionLogGroup"}}
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert (properties["Runtime"], properties["Architectures"]) == (
        "python3.13",
        [{"Ref": "Architecture"}],
    )


def test_the_state_machine_logs_and_is_traced_without_the_data() -> None:
    properties = resources()["ReleaseStateMachine"]["Properties"]
    assert properties["TracingConfiguration"] == {"Enabled": True}
    assert properties["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert properties["StateMachineType"] == "STANDARD"


def test_a_function_that_acts_is_killed_before_its_lock_ends() -> None:
    slow = {name for name, f in functions().items() if f["Timeout"] != 60}
    assert slow == {"SweepFunction", "ReconcileFunction", "AskGoldenFunction"}  # they never act


def test_who_asks_golden_requests_has_time_for_the_slowest_answer() -> None:
    longest = functions()["AskGoldenFunction"]["Timeout"]
    assert 1000 * longest == ASKS_FOR_MS
    assert longest >= 2 * LONGEST_ANSWER > LONGEST_ANSWER + SPARE_MS / 1000
    assert machine()["States"]["Ask the golden requests"]["TimeoutSeconds"] > longest


def test_reconciling_has_time_for_a_thousand_due_reviews() -> None:
    """Lambda kills a function without anybody hearing of it, and would do so at every sweep."""
    assert functions()["ReconcileFunction"]["Timeout"] == 300


def test_the_alarms_on_penstock_itself_tell_people_and_a_rollback_is_none() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    assert len(alarms) == 4
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "NotificationTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert "FILL" not in json.dumps(alarm)  # it would stand for data that come late
        assert alarm["DatapointsToAlarm"] < alarm["EvaluationPeriods"]
    assert "ExecutionsFailed" not in json.dumps(alarms)
    stuck = alarms["WayBackStuckAlarm"]
    assert stuck["Period"] * stuck["EvaluationPeriods"] > 2 * max(SLOW_SECONDS, STUCK_SECONDS)
    unfinished = json.dumps(alarms["UnfinishedReleasesAlarm"])
    for part in ("ExecutionsTimedOut", "ExecutionsAborted", "needs_a_person", "gave_up"):
        assert part in unfinished


def test_what_is_kept_when_the_stack_goes() -> None:
    kept = {
        name for name in source()["Resources"] if source()["Resources"][name].get("DeletionPolicy")
    }
    assert kept == RETAINED
    for name in kept:
        # A first deployment that fails leaves nothing behind.
        assert source()["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert source()["Resources"][name]["UpdateReplacePolicy"] == "Retain"


def test_the_ledger_can_be_restored() -> None:
    ledger = resources()["LedgerTable"]["Properties"]
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["BillingMode"] == "PAY_PER_REQUEST"


def test_evidence_is_versioned_encrypted_private_and_asks_for_tls() -> None:
    bucket = resources()["EvidenceBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["Fn::If"][2] == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (statement,) = resources()["EvidenceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_of_evidence_only_versions_of_minutes_that_were_written_again_expire() -> None:
    (rule,) = resources()["EvidenceBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule.pop("Id"), rule.pop("Status")) == ("replaced-minutes", "Enabled")
    assert rule == {
        "Prefix": "releases/",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }


def test_whatever_checkov_skips_has_its_reason() -> None:
    lines = (ROOT / ".checkov.yaml").read_text().splitlines()
    skips = [number for number, line in enumerate(lines) if line.startswith("  - CKV")]
    assert len(skips) == 9
    assert [lines[n] for n in skips if not lines[n - 1].startswith("  # ")] == []


def test_the_parameters_and_their_defaults_are_these() -> None:
    assert {name: p["Default"] for name, p in source()["Parameters"].items()} == PARAMETERS


def test_the_outputs_are_these() -> None:
    assert {name: o["Value"] for name, o in source()["Outputs"].items()} == {
        name: {"Ref": of} for name, of in OUTPUTS.items()
    }
