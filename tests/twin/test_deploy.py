"""What a deployment creates."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.twin.stack_bench import Stack, stack

FOLDER = Path(__file__).parent / "fixtures" / "stack"


@pytest.fixture(scope="module")
def aws() -> Iterator[Stack]:
    with stack() as deployed:
        yield deployed


def test_outputs_are_resolved(aws: Stack) -> None:
    arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:penstock-Release"
    assert aws.deployment.outputs["ReleaseStateMachineArn"] == arn
    assert aws.deployment.outputs["PolicyPath"] == "/shop/policies"
    assert "Subscription" not in aws.deployment.outputs


def test_code_is_run_from_its_source_folders(aws: Stack) -> None:
    folder, layers = aws.deployment.code[aws.physical("ReviewFunction")]
    assert folder == FOLDER / "functions" / "review"
    assert layers == (FOLDER / "layers" / "shared", FOLDER / "layers" / "dependencies")


def test_what_has_no_effect_is_in_the_census(aws: Stack) -> None:
    census = aws.deployment.census
    assert "AWS::S3::Bucket.LifecycleConfiguration has no effect (Evidence)" in census
    functions = "StepFunction, ReviewFunction, HaltFunction"
    assert f"AWS::Lambda::Function.TracingConfig has no effect ({functions})" in census


def test_a_function_gets_its_layers_role_and_environment(aws: Stack) -> None:
    name = aws.physical("ReviewFunction")
    function = aws.client("lambda").get_function_configuration(FunctionName=name)
    assert [layer["Arn"].split(":")[-2] for layer in function["Layers"]] == [
        "SharedLayer",
        "DependenciesLayer",
    ]
    assert function["Environment"]["Variables"]["POLICY_PATH"] == "/shop/policies"
    assert function["Environment"]["Variables"]["LEDGER_TABLE"] == aws.physical("Ledger")
    assert function["Role"].endswith(aws.physical("ReviewFunctionRole"))
    assert (function["Timeout"], function["MemorySize"]) == (60, 512)


def test_the_alias_points_to_the_published_version(aws: Stack) -> None:
    name = aws.physical("StepFunction")
    alias = aws.client("lambda").get_alias(FunctionName=name, Name="live")
    assert alias["FunctionVersion"] == "1"


def test_the_state_machine_calls_a_published_version(aws: Stack) -> None:
    arn = aws.deployment.outputs["ReleaseStateMachineArn"]
    definition = aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    version = f"function:{aws.physical('StepFunction')}:1"
    assert version in definition["definition"]
    assert "$$.Execution.Name" in definition["definition"]


def test_the_ledger_has_its_index_and_its_settings(aws: Stack) -> None:
    ledger, table = aws.client("dynamodb"), aws.physical("Ledger")
    described = ledger.describe_table(TableName=table)["Table"]
    assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["waiting"]
    lifetime = ledger.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert lifetime["AttributeName"] == "expires"
    backups = ledger.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_bucket_is_versioned_encrypted_private_and_has_its_policy(aws: Stack) -> None:
    s3, bucket = aws.client("s3"), aws.deployment.outputs["EvidenceBucketName"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    assert "AES256" in str(encryption)
    access = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(access.values())
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_roles_have_their_inline_and_managed_policies(aws: Stack) -> None:
    iam, role = aws.client("iam"), aws.physical("ReviewFunctionRole")
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in attached} == {
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
    }
    assert len(iam.list_role_policies(RoleName=role)["PolicyNames"]) == 2


def test_alarms_are_put_as_written(aws: Stack) -> None:
    cloudwatch = aws.client("cloudwatch")
    alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    depth = alarms[aws.physical("UndeliveredEventsAlarm")]
    assert depth["AlarmActions"] == [aws.deployment.outputs["NotificationTopicArn"]]
    trouble = alarms[aws.physical("ReleaseTroubleAlarm")]
    assert trouble["Metrics"][0]["Expression"] == "FILL(timedout, 0) + FILL(aborted, 0)"


def test_failed_invocations_have_a_destination(aws: Stack) -> None:
    name = aws.physical("HaltFunction")
    config = aws.client("lambda").get_function_event_invoke_config(
        FunctionName=name, Qualifier="live"
    )
    assert "FailedInvocations" in config["DestinationConfig"]["OnFailure"]["Destination"]
