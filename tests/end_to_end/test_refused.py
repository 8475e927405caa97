"""Whatever is wrong with what is asked: one clear sentence, and nothing is created."""

import json
from typing import Any

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ANSWERED, REFUSED, ending, row
from tests.end_to_end.policies import Document, quick
from twin.observations import Execution

HERE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package"


def is_refused(bench: Bench, execution: Execution, *words: str) -> None:
    """Hold an execution to a refusal that says these words, and to having touched nothing."""
    assert row(execution) == REFUSED
    assert set(ending(execution)) == ANSWERED
    reason = ending(execution)["reason"]
    assert [word for word in words if word not in reason] == []
    assert "\n" not in reason
    assert (bench.exists, bench.gate().fence, bench.records()) == (False, 0, [])


def asked(bench: Bench, **document: Any) -> Execution:
    """The end of an execution with this very input."""
    return bench.end(bench.start(**document))


# ---- the input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({}, "action"),
        ({"action": "relaese"}, "action"),
        ({"action": "answer", "endpoint": "churn"}, "action"),
        ({"action": "release"}, "model_package_arn"),
        ({"action": "release", "model_package_arn": 7}, "model_package_arn"),
        ({"action": "release", "model_package_arn": "churn/7"}, "churn/7"),
        ({"action": "release", "model_package_arn": f"{HERE}/churn"}, "not the ARN"),
        ({"action": "release", "model_package_arn": f"{HERE}/churn/1", "fast": True}, "fast"),
        ({"action": "release", "model_package_arn": f"{HERE}/a/1", "endpoint": "a"}, "endpoint"),
        ({"action": "release", "model_package_arn": f"{HERE}/a/1", "policy": "x"}, "policy"),
        (
            {"action": "release", "model_package_arn": f"{HERE}/a/1", "approved_at": "today"},
            "approved_at",
        ),
        (
            {"action": "release", "model_package_arn": f"{HERE}/a/1", "despite_quarantine": "yes"},
            "despite_quarantine",
        ),
        ({"action": "rollback", "endpoint": "a", "despite_quarantine": True}, "despite_quarantine"),
        ({"action": "rollback"}, "endpoint"),
        ({"action": "rollback", "endpoint": "a b"}, "endpoint"),
        ({"action": "rollback", "endpoint": "churn", "to": "the one before"}, "to"),
        ({"action": "rollback", "endpoint": "churn", "dry_run": True}, "dry_run"),
        ({"action": "recover"}, "endpoint"),
    ],
)
def test_an_input_that_is_not_understood(bench: Bench, document: Document, word: str) -> None:
    is_refused(bench, asked(bench, **document), word)


@pytest.mark.parametrize("document", [[], "release", 7, None])
def test_an_input_that_is_no_object(bench: Bench, document: object) -> None:
    is_refused(bench, bench.end(bench.start_with(document)), "input")


@pytest.mark.parametrize(
    ("arn", "word"),
    [
        (f"{HERE}/nobody/1", "there is no model package"),
        (HERE.replace("123456789012", "210987654321") + "/churn/1", "210987654321"),
        (HERE.replace("eu-west-1", "us-east-1") + "/churn/1", "us-east-1"),
    ],
)
def test_a_package_that_is_not_ours(bench: Bench, arn: str, word: str) -> None:
    is_refused(bench, asked(bench, action="release", model_package_arn=arn), word)


# ---- the package -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_package_that_is_not_approved(bench: Bench, status: str) -> None:
    bench.policy({"approval": {"mode": "manual"}})
    package = bench.register(ModelApprovalStatus=status)
    is_refused(bench, bench.released_by_hand(package), f"is {status}, not Approved")


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Failed", "Deleting"])
def test_a_package_that_is_not_completed(bench: Bench, status: Any) -> None:
    bench.policy()
    package = bench.approved_unseen()
    bench.twin.sagemaker.registry.set_status(package, status)
    is_refused(bench, bench.released_by_hand(package), f"is {status}, not Completed")


def test_a_package_without_inference_specification(bench: Bench) -> None:
    bench.policy()
    package = bench.approved_unseen(InferenceSpecification=None)
    is_refused(bench, bench.released_by_hand(package), "no inference specification")


# ---- the report --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "word"),
    [
        ("", "not JSON"),
        ("{'metrics': 1}", "not JSON"),
        ("{}", "metrics.auc"),
        ('{"metrics": {"auc": NaN}}', "NaN"),
        ('{"metrics": {"auc": {"value": "NaN"}}}', "NaN"),
        ('{"metrics": {"auc": Infinity}}', "infinite"),
        ('{"metrics": {"auc": true}}', "true"),
        ('{"metrics": {"auc": {"mean": 0.9}}}', "object"),
        ('{"metrics": {"auc": [0.9]}}', "list"),
        ('{"metrics": {"auc": "0.9"}}', "string"),
        ('{"metrics": {"auc": null}}', "metrics.auc"),
    ],
)
def test_a_report_that_proves_nothing(bench: Bench, report: str, word: str) -> None:
    bench.policy()
    package = bench.register(report=report)
    said = bench.until_event("Model Package Reviewed", 5)
    assert (said["decision"], said["bars"][0]["verdict"]) == ("rejected", "miss")
    assert word in said["bars"][0]["sentence"]
    assert bench.package(package)["ModelApprovalStatus"] == "Rejected"
    assert (bench.exists, bench.executions()) == (False, [])


def test_a_package_without_the_report_of_a_bar(bench: Bench) -> None:
    bench.policy()
    bench.register(ModelMetrics=None)
    assert bench.until_event("Model Package Reviewed", 5)["decision"] == "rejected"


def test_an_approved_package_whose_report_is_gone(bench: Bench) -> None:
    bench.policy()
    package = bench.approved_unseen()
    bench.erase(f"{bench.group}/1/evaluation.json")
    is_refused(bench, bench.released_by_hand(package), "without a review", "cannot be read")


# ---- the policy --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not a JSON document"),
        ('{"endpoint": "a", "endpoint": "b"}', "endpoint"),
        ("[]", "policy"),
        ("   ", "empty"),
    ],
)
def test_a_policy_that_is_no_document(bench: Bench, text: str, word: str) -> None:
    package = bench.approved_unseen()
    bench.policy(text=text)
    is_refused(bench, bench.released_by_hand(package), word)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rolout": {}}, ("rolout", "did you mean `rollout`")),
        ({"rollout": {"steps": ["5"]}}, ("steps",)),
        ({"rollout": {"steps": [50, 5]}}, ("ascending",)),
        ({"rollout": {"step_minutes": "10"}}, ("step_minutes",)),
        ({"rollout": {"watch_minutes": 1}}, ("warm_up_minutes", "nothing is judged")),
        ({"rollout": {"strategy": "ab"}}, ("`goal` is required",)),
        ({"rollout": {"strategy": "guardrail", "steps": [10]}}, ("guardrail",)),
        ({"serving": {"kind": "serverless"}}, ("serverless",)),
        ({"approval": {"bars": []}}, ("bars",)),
        ({"approval": {"bars": [{"metric": "a", "at_least": 1, "at_most": 2}]}}, ("exactly one",)),
        ({"judge": {"min_requests": 0}}, ("min_requests",)),
        ({"alarms": ["TargetTracking-x"]}, ("auto-scaling",)),
        ({"serving": {"instance_type": None}}, ("first release needs", "instance_type")),
        ({"serving": {"execution_role_arn": None}}, ("first release needs", "execution_role_arn")),
    ],
)
def test_a_policy_that_cannot_be_followed(
    bench: Bench, changes: Document, words: tuple[str, ...]
) -> None:
    package = bench.approved_unseen()
    bench.policy(changes)
    execution = bench.released_by_hand(package)
    assert row(execution) == REFUSED
    assert [word for word in words if word not in ending(execution)["reason"]] == []
    assert (bench.exists, bench.gate().owner, bench.gate().content) == (False, None, None)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"endpoint": "another"}, ("may not change the policy's endpoint",)),
        ({"rollout": {"step_minute": 1}}, ("did you mean `step_minutes`",)),
        ({"rollout": {"strategy": "shadow"}}, ("shadow",)),
    ],
)
def test_an_override_that_cannot_be_followed(
    bench: Bench, override: Document, words: tuple[str, ...]
) -> None:
    bench.policy()
    package = bench.approved_unseen()
    is_refused(bench, bench.released_by_hand(package, policy=override), *words)


def test_two_groups_that_name_one_endpoint(bench: Bench) -> None:
    bench.policy()
    ssm = bench.twin.client("ssm")
    name = f"{bench.parameter}-too"
    document = quick(bench.endpoint.upper(), {})
    ssm.put_parameter(Name=name, Type="String", Value=json.dumps(document))
    execution = bench.released_by_hand(bench.approved_unseen())
    ssm.delete_parameter(Name=name)
    is_refused(bench, execution, "both name endpoint")


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        (
            {"serving": {"execution_role_arn": "arn:aws:iam::123456789012:role/admin"}},
            "ServingRoleArns",
        ),
        (
            {"serving": {"kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1"}},
            "KmsKeyArns",
        ),
    ],
)
def test_a_need_outside_the_stacks_parameters_names_the_parameter(
    bench: Bench, changes: Document, parameter: str
) -> None:
    bench.policy(changes)
    is_refused(bench, bench.released_by_hand(bench.approved_unseen()), parameter)


def test_a_report_outside_the_stacks_buckets_names_the_parameter(bench: Bench) -> None:
    bench.policy()
    report = {"ContentType": "application/json", "S3Uri": "s3://elsewhere/evaluation.json"}
    package = bench.approved_unseen(ModelMetrics={"ModelQuality": {"Statistics": report}})
    is_refused(bench, bench.released_by_hand(package), "ReportBucketArns", "s3://elsewhere")


def test_an_endpoint_that_nobody_has_heard_of_is_not_rolled_back(bench: Bench) -> None:
    is_refused(bench, bench.rolled_back_by_hand(), "to go back to")


def test_a_refusal_is_told_to_the_bus_and_to_people(bench: Bench) -> None:
    bench.policy()
    package = bench.register(ModelApprovalStatus="Rejected")
    execution = bench.released_by_hand(package)
    said = bench.events("Release Refused")
    assert [each["reason"] for each in said] == [ending(execution)["reason"]]
    assert ending(execution)["reason"] in bench.mail("Release Refused")[0][1]
