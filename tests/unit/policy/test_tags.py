"""The tags of a policy are SageMaker's to take, and leave Penstock's alone."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.policy.policy import merge_policy, parse_policy


def document(**serving: Any) -> str:
    return json.dumps({"endpoint": "churn", "approval": {"mode": "manual"}, "serving": serving})


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({}, id="none"),
        pytest.param({"CostCentre": "4711"}, id="one"),
        pytest.param({"équipe": "données + modèles"}, id="letters-of-any-language"),
        pytest.param({"a_.:/=+-@ b": ""}, id="every-sign-and-no-value"),
        pytest.param({"k" * 128: "v" * 256}, id="as-long-as-they-may-be"),
        pytest.param({f"k{n}": "" for n in range(48)}, id="forty-eight"),
    ],
)
def test_tags_that_sagemaker_takes(tags: dict[str, str]) -> None:
    assert parse_policy(document(tags=tags), "1").serving.tags == tags


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        pytest.param({"": "v"}, "serving.tags", id="no-key"),
        pytest.param({"k" * 129: "v"}, "serving.tags", id="a-long-key"),
        pytest.param({"k": "v" * 257}, "serving.tags.k", id="a-long-value"),
        pytest.param({"k": 4711}, "serving.tags.k", id="a-number"),
        pytest.param({"k": None}, "serving.tags.k", id="null"),
        pytest.param({"a*b": "v"}, "letters, digits, spaces", id="a-sign-in-a-key"),
        pytest.param({"k": "a;b"}, "letters, digits, spaces", id="a-sign-in-a-value"),
        pytest.param({"k": "a\nb"}, "letters, digits, spaces", id="a-line-break"),
        pytest.param({"aws:created": "v"}, "begin with aws: or penstock:", id="aws-s"),
        pytest.param({"AWS:created": "v"}, "begin with aws: or penstock:", id="aws-s-in-capitals"),
        pytest.param({"penstock:release": "v"}, "begin with aws: or penstock:", id="ours"),
        pytest.param({f"k{n}": "" for n in range(49)}, "at most 48", id="forty-nine"),
        pytest.param(["k"], "serving.tags", id="a-list"),
    ],
)
def test_other_tags_are_refused_by_their_key(tags: Any, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parse_policy(document(tags=tags), "1")


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"A-B": "1"}, id="a-hyphen"),
        pytest.param({"1A": "1"}, id="a-digit-first"),
        pytest.param({"A": "é" * 513}, id="more-than-1024-bytes"),
        pytest.param({"A": 1}, id="a-number"),
    ],
)
def test_variables_that_sagemaker_does_not_take_are_refused(environment: Any) -> None:
    with pytest.raises(Refused, match=r"serving\.environment"):
        parse_policy(document(environment=environment), "1")


def test_one_execution_may_take_a_variable_out() -> None:
    stored = parse_policy(document(environment={"A": "1", "B": "2"}), "1")
    merged = merge_policy(stored, {"serving": {"environment": {"A": None}}})
    assert merged.serving.environment == {"A": None, "B": "2"}
