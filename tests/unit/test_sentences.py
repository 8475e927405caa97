"""Refusals as people read them: the sentence alone must say what to fix."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.execution.request import parse_request
from penstock.domain.policy.policy import merge_policy, parse_policy
from tests.worlds.setups import policy

LEAST: dict[str, Any] = {"endpoint": "churn", "approval": {"mode": "manual"}}
OWN = {"name": "complaints", "namespace": "Shop", "metric": "Complained"}
TOP = (
    "unknown key; the known keys are endpoint, approval, serving, rollout, judge, golden, gates, "
    "lifecycle, alarms"
)


def unknown(count: int) -> dict[str, object]:
    return {f"unknown{number}": 1 for number in range(count)}


def each_unknown(count: int) -> str:
    return "; ".join(f"unknown{number}: {TOP}" for number in range(count))


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"rolout": {}}, "rolout: unknown key; did you mean `rollout`?"),
        ({"judge": {"margin": 1}}, "judge.margin: unknown key; did you mean `margins`?"),
        (
            {"rollout": {"steps_minute": 1}},
            "rollout.steps_minute: unknown key; did you mean `step_minutes`?",
        ),
        (
            {"serving": {"counts": 1}},
            "serving.counts: unknown key; did you mean `instance_count`?",
        ),
        ({"strategy": "canary"}, "strategy: unknown key; it belongs to `rollout`"),
        (
            {"serving": {"vpc": {"xyzzy": 1, "subnets": ["s"], "security_group_ids": ["g"]}}},
            "serving.vpc.xyzzy: unknown key; the known keys are subnets, security_group_ids",
        ),
        (
            {"endpoint": 7, "alarms": [""], "judge": {"tolerance": 0.9}},
            "endpoint: must be a valid string, not 7; "
            "judge.tolerance: must be greater than or equal to 1, not 0.9; "
            'alarms[0]: must have at least 1 character, not ""',
        ),
        (unknown(5), each_unknown(5)),
        (unknown(7), f"{each_unknown(5)}; and 2 more"),
        ({"alarms": "x" * 58}, f'alarms: must be a valid array, not "{"x" * 58}"'),
        ({"alarms": "x" * 59}, f'alarms: must be a valid array, not "{"x" * 59}...'),
        (
            {"serving": {"kind": "serverless", "instance_type": "ml.m5.large", "instance_count": 1}}
            | {"rollout": {"strategy": "all_at_once"}},
            "serving: SageMaker offers no instance_type, instance_count on a serverless endpoint",
        ),
        (
            {"serving": {"kind": "async"}},
            "rollout: strategy canary is impossible with serving.kind async: SageMaker documents "
            "neither weighted variants nor shadows for asynchronous endpoints",
        ),
        (
            {"serving": {"kind": "multi_model"}, "rollout": {"shadow_minutes": 1}},
            "rollout: shadow_minutes is impossible with serving.kind multi_model: SageMaker offers "
            "no shadow variant on multi-model endpoints",
        ),
        (
            {"serving": {"instance_count": 1}, "rollout": {"strategy": "guardrail"}},
            "rollout: guardrail shifts whole instances, at most half of them at first, "
            "so it needs serving.instance_count 2 or more",
        ),
        ({"golden": {}}, "golden.s3_uri: this key is required"),
        (
            {"golden": {"s3_uri": "s3://b/k", "at_lest": 1}},
            "golden.at_lest: unknown key; did you mean `at_least`?",
        ),
        (
            {"golden": {"s3_uri": "s3://b/k", "at_least": 0, "timeout_seconds": 61}},
            "golden.at_least: must be greater than 0, not 0; "
            "golden.timeout_seconds: must be less than or equal to 60, not 61",
        ),
        ({"alarms": ["b", "a", "b"]}, "alarms: a name appears twice"),
        (
            {"alarms": ["mine", "TargetTracking-x"]},
            "alarms: TargetTracking-x belongs to auto-scaling, which fires it in normal operation",
        ),
        (
            {"rollout": {"watch_minutes": 3}},
            "rollout.watch_minutes (3) must be more than judge.warm_up_minutes (3) because "
            "nothing is judged during the warm-up",
        ),
        (
            {"approval": {"bars": [{"metric": "auc", "at_least": 1, "at_most": 2}]}},
            "approval.bars[0]: a bar needs exactly one of at_least, at_most, "
            "at_least_vs_live, at_most_vs_live; found at_least and at_most",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_policy_that_is_not_valid_is_told_why(sections: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_policy(json.dumps(LEAST | sections), "3")
    assert str(refused.value) == f"policy version 3 is not valid: {sentence}"


@pytest.mark.parametrize(
    ("dimensions", "sentence"),
    [
        (
            {"A": "{variant}", "B": "{stage}"},
            "{stage} is not one of {endpoint}, {variant}, {config}",
        ),
        (
            {"A": "{variant", "B": "}"},
            "one value must contain {variant}; otherwise live and candidate share one time series",
        ),
    ],
)
def test_a_signal_that_cannot_be_read_is_told_why(
    dimensions: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        parse_policy(
            json.dumps(LEAST | {"judge": {"signals": [OWN | {"dimensions": dimensions}]}}), "3"
        )
    assert str(refused.value).startswith(
        f"policy version 3 is not valid: judge.signals[0].dimensions: {sentence}; "
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" ", "is empty"),
        ('{"b": 2, "a": 1, "a": 3}', "is not a JSON document: the key a appears twice"),
        ('{"a": NaN}', "is not a JSON document: NaN is not a JSON number"),
        ("[" * 100_000, "is not a JSON document: it is nested too deeply"),
        ("[]", "is not valid: must be an object, not []"),
    ],
    ids=["empty", "twice", "nan", "deep", "list"],
)
def test_a_text_that_is_no_policy_is_told_why(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_policy(text, "3")
    assert str(refused.value) == f"policy version 3 {sentence}"


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ({"endpoint": "x"}, "an execution may not change the policy's endpoint (churn)"),
        (
            {"alarms": [""]},
            "the policy of this execution is not valid: "
            'alarms[0]: must have at least 1 character, not ""',
        ),
        (
            {"judge": {"tolerance": float("nan")}},
            "the policy of this execution is not a JSON document: "
            "Out of range float values are not JSON compliant",
        ),
    ],
)
def test_an_override_that_cannot_be_is_told_why(override: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        merge_policy(policy(), override)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "action: Field required (given: {})"),
        (
            {"action": "release"},
            'the input: release needs model_package_arn (given: {"action": "release"})',
        ),
        ({"action": "recover"}, 'the input: recover needs endpoint (given: {"action": "recover"})'),
        (
            {"action": "rollback", "endpoint": "c", "policy": {}, "adopt": True},
            "the input: rollback does not take adopt, policy "
            '(given: {"action": "rollback", "endpoint": "c", "policy": {}, "adopt": true})',
        ),
        ({"action": "recover", "endpoint": "c", "x": 1, "y": 2}, "the input has an unknown key x"),
        ({"action": "recover", "y" * 81: 1}, f"the input has an unknown key {'y' * 80}"),
        (
            {"action": "recover", "endpoint": "c" * 100},
            "endpoint: String should match pattern '^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$' "
            f'(given: "{"c" * 79})',
        ),
        (
            {"action": "recover", "endpoint": "\ud800"},
            "the input is not plain JSON: a string contains invalid Unicode (an unpaired "
            "surrogate)",
        ),
        (
            {"action": "release", "policy": [json.loads("[" * 100 + "]" * 100)]},
            "the input is not plain JSON: it is nested too deeply",
        ),
        (
            {"action": "release", "model_package_arn": "a", "approved_at": "2026-03-01T00:00:00"},
            'approved_at: 2026-03-01T00:00:00 carries no time zone (given: "2026-03-01T00:00:00")',
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_an_input_that_cannot_be_is_told_why(document: object, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_request(document)
    assert str(refused.value) == sentence
