"""Golden requests: real models answer them before they serve anybody."""

from typing import Any

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PLANNED, PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.golden import RIGHT, asked, name_golden, upload
from tests.end_to_end.grants import Grant, without
from tests.end_to_end.real_models import furnish, register
from tests.end_to_end.trouble import killing, refusing

ALL_AT_ONCE = {"strategy": "all_at_once", "steps": None, "step_minutes": None, "hold_minutes": None}
BOTH = {"body": "1,2", "expect": RIGHT}, {"body": "3,4", "accept": "text/plain"}


def kept(bench: Bench) -> list[str]:
    """Keys of the golden files that plans have kept."""
    evidence = bench.twin.outputs["EvidenceBucketName"]
    found = bench.twin.client("s3").list_objects_v2(Bucket=evidence, Prefix="golden/")
    return [each["Key"] for each in found.get("Contents", [])]


def test_a_candidate_that_answers_right_is_promoted(bench: Bench) -> None:
    asked(bench)
    execution = bench.released(register(bench, RIGHT))
    assert row(execution) == PROMOTED
    assert bench.events("Golden Requests Missed") == []
    plan = bench.last_plan()
    assert [stage.golden for stage in plan.stages] == ["passed", None, "verified"]
    assert plan.golden is not None
    assert f"golden/{plan.golden.sha256}.jsonl" in kept(bench)


def test_a_candidate_that_answers_wrong_never_serves_anybody(bench: Bench) -> None:
    asked(bench)
    shifted = len(bench.events("Traffic Shifted"))
    execution = bench.released(register(bench, "wrong"))
    assert row(execution) == ROLLED_BACK
    reason = ending(execution)["reason"]
    assert reason.endswith('the first miss is row 7: expected "good", got "wrong"')
    assert len(bench.events("Traffic Shifted")) == shifted
    (said,) = bench.events("Golden Requests Missed")
    assert (said["first_request"], said["answer"], said["reason"]) == ("row 7", "wrong", reason)


@pytest.mark.parametrize("behaviour", ["broken", "dying"])
def test_a_candidate_that_fails_never_serves_anybody(bench: Bench, behaviour: str) -> None:
    asked(bench)
    name_golden(bench, {"body": "1"})
    execution = bench.released(register(bench, behaviour))
    assert row(execution) == ROLLED_BACK
    said = {"broken": 'got "status 500: broken"', "dying": 'got "nothing in 3 tries: '}
    assert said[behaviour] in ending(execution)["reason"]


def test_all_at_once_is_asked_right_after_the_swap(bench: Bench) -> None:
    good = asked(bench, rollout=ALL_AT_ONCE)
    execution = bench.released(register(bench, "wrong"))
    assert row(execution) == ROLLED_BACK
    assert ending(execution)["live_model_package_arn"] == good
    assert row(bench.released(register(bench, RIGHT))) == PROMOTED


def test_a_first_release_that_misses_leaves_no_endpoint(bench: Bench) -> None:
    furnish(bench.twin)
    name_golden(bench)
    execution = bench.released(register(bench, "wrong"))
    assert row(execution) == ROLLED_BACK
    assert not bench.exists
    assert row(bench.released(register(bench, RIGHT))) == PROMOTED


def test_a_part_of_the_requests_may_miss(bench: Bench) -> None:
    asked(bench)
    golden = {"s3_uri": upload(bench, *BOTH), "at_least": 0.5}
    bench.policy({"golden": golden})
    assert row(bench.released(register(bench, "another"))) == PROMOTED


def test_a_file_that_changes_meanwhile_has_no_effect(bench: Bench) -> None:
    asked(bench)
    release = bench.started(register(bench, RIGHT))
    bench.until_event("Release Started")
    bench.until_step(10)
    upload(bench, {"body": "1", "expect": "something else"})
    assert row(bench.end(release)) == PROMOTED


def test_who_may_not_ask_rolls_back_and_names_the_permission(bench: Bench) -> None:
    asked(bench)
    lacking = Grant("AskGoldenFunctionRole", "sagemaker:InvokeEndpoint")
    with without(bench.twin, lacking) as denials:
        execution = bench.released(register(bench, RIGHT))
    assert denials
    assert row(execution) == ROLLED_BACK
    assert "sagemaker:InvokeEndpoint" in ending(execution)["reason"]


def test_a_throttled_runtime_is_waited_for(bench: Bench) -> None:
    asked(bench)
    refused = refusing(bench, "AskGolden", "InvokeEndpoint", "ThrottlingException", times=2)
    with refused as calls:
        execution = bench.released(register(bench, RIGHT))
    assert len(calls) == 2
    assert row(execution) == PROMOTED


@pytest.mark.parametrize("after", [False, True])
def test_a_death_while_it_asks_changes_nothing(bench: Bench, after: bool) -> None:
    asked(bench)
    with killing(bench, "AskGolden", "InvokeEndpoint", after=after) as killed:
        execution = bench.released(register(bench, RIGHT))
    assert killed
    assert row(execution) == PROMOTED


def test_a_dry_run_says_what_would_be_asked(bench: Bench) -> None:
    asked(bench)
    before = kept(bench)
    execution = bench.released_by_hand(bench.approved_unseen(), dry_run=True)
    assert row(execution) == PLANNED
    assert ending(execution)["plan"]["golden"]["requests"] == 1
    assert kept(bench) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "are empty"),
        ("1,2,3\n4,5,6", "line 1 of the golden requests"),
        ('{"body": "1"}\n{"expect": "1"}', "body: this key is required"),
        ('{"body": "1", "expects": "1"}', "did you mean `expect`?"),
        (" " * (1024 * 1024 + 1), "1048577 bytes, more than 1048576"),
        ('{"body": "1"}\n' * 201, "are 201, more than 200"),
    ],
    ids=["empty", "not-json-lines", "no-body", "unknown-key", "too-large", "too-many"],
)
def test_a_file_that_is_none_refuses_the_release(bench: Bench, text: str, said: str) -> None:
    bench.policy({"golden": {"s3_uri": upload(bench, text=text)}})
    execution = bench.released(bench.register())
    assert row(execution) == REFUSED
    assert said in ending(execution)["reason"]
    assert not bench.exists


@pytest.mark.parametrize(
    ("golden", "said"),
    [
        ({"s3_uri": "s3://sagemaker-eu-west-1-123456789012/none.jsonl"}, "cannot be read"),
        ({"s3_uri": "s3://elsewhere/golden.jsonl"}, "GoldenBucketArns"),
        ({"s3_uri": "golden.jsonl"}, "golden.s3_uri"),
        ({}, "golden.s3_uri: this key is required"),
        ({"s3_uri": "s3://sagemaker-b/g", "at_least": "all"}, "golden.at_least"),
        ({"s3_uri": "s3://sagemaker-b/g", "retries": 2}, "golden.retries: unknown key"),
    ],
)
def test_golden_requests_that_cannot_be_read_refuse_the_release(
    bench: Bench, golden: dict[str, Any], said: str
) -> None:
    bench.policy({"golden": golden})
    execution = bench.released_by_hand(bench.approved_unseen())
    assert row(execution) == REFUSED
    assert said in ending(execution)["reason"]
    assert not bench.exists
