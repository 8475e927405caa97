"""A policy is understood as written, or refused with a sentence that says what to change."""

import json
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.policy.policy import Policy, merge_policy, parse_policy
from tests.worlds.goals import EXPERIMENT

MANUAL: dict[str, object] = {"endpoint": "churn", "approval": {"mode": "manual"}}
BAR = {"metric": "binary_classification_metrics.auc", "at_least": 0.85}


def policy(**sections: object) -> Policy:
    return parse_policy(json.dumps({**MANUAL, **sections}), "3")


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        parse_policy(text, "3")
    return str(refused.value)


def refusal_of(**sections: object) -> str:
    return refusal(json.dumps({**MANUAL, **sections}))


def strategy_of(name: str) -> dict[str, object]:
    """A rollout with this strategy, and with what it needs."""
    needed = {"ab": EXPERIMENT, "shadow": {"shadow_minutes": 5}}.get(name, {})
    return {"strategy": name, **needed}


def test_every_default_is_as_documented() -> None:
    found = policy().model_dump(mode="json")
    assert found["approval"] == {
        "mode": "manual",
        "bars": [],
        "on_miss": "reject",
        "unreviewed": "review",
    }
    assert found["serving"].pop("kind") == "realtime"
    assert not any(found["serving"].values())
    assert found["rollout"] == {
        "goal": None,
        "share": 50,
        "max_days": 14,
        "on_no_difference": "keep_live",
        "shadow_minutes": 0,
        "shadow_percent": 100,
        "strategy": "canary",
        **dict.fromkeys(("traffic", "size_percent", "wait_minutes", "termination_minutes")),
        "increment": None,
        "steps": "by_traffic",
        "step_minutes": 10,
        "hold_minutes": 30,
        "prove": True,
        "holdback_percent": 0,
        "holdback_minutes": 0,
        "watch_minutes": 10,
        "rehearse": False,
        "update_minutes": 60,
        "on_newer": "supersede",
        "on_revocation": "notify",
        "keep_releases": 5,
    }
    assert found["judge"] == {
        "latency_objective_ms": None,
        "signals": ["errors", "latency_quantiles"],
        "min_requests": 200,
        "warm_up_minutes": 3,
        "cold_start_minutes": 7,
        "deadline_minutes": 240,
        "wait_hours": 24,
        "on_inconclusive": "wait",
        "false_rollback_rate": 0.01,
        "tolerance": None,
        "attempts": None,
        "margins": {"errors": 0.005, "latency": 0.02, "client_errors": 0.02},
        "agreement": None,
        "slack": {"errors": None, "latency": None, "client_errors": None},
    }
    assert found["alarms"] == []
    assert found["lifecycle"] is None


@pytest.mark.parametrize(
    ("rollout", "steps", "watch"),
    [
        pytest.param({}, "by_traffic", 10, id="canary"),
        pytest.param({"steps": "by_traffic"}, "by_traffic", 10, id="by-traffic"),
        pytest.param({"strategy": "linear"}, (20, 40, 60, 80), 10, id="linear"),
        pytest.param(
            {"strategy": "linear", "increment": 33.3}, (33.3, 66.6, 99.9), 10, id="thirds"
        ),
        pytest.param({"strategy": "linear", "increment": 50}, (50,), 10, id="halves"),
        pytest.param({"strategy": "all_at_once"}, (), 60, id="all-at-once"),
        pytest.param({"strategy": "all_at_once", "watch_minutes": 5}, (), 5, id="as-written"),
        pytest.param({"steps": "adaptive"}, "adaptive", 10, id="adaptive"),
    ],
)
def test_steps_and_watch_follow_the_strategy(
    rollout: dict[str, object], steps: object, watch: int
) -> None:
    found = policy(rollout=rollout).rollout
    assert (found.steps, found.watch_minutes) == (steps, watch)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \n", "is empty", id="blank"),
        pytest.param("{endpoint: churn}", "not a JSON document", id="not-json"),
        pytest.param('{"endpoint": NaN}', "NaN is not a JSON number", id="nan"),
        pytest.param('{"endpoint": -Infinity}', "-Infinity is not a JSON number", id="infinity"),
        pytest.param('{"a": 1, "a": 2}', "the key a appears twice", id="repeated-key"),
        pytest.param("[" * 100_000, "not a JSON document", id="too-deep"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "not a JSON document", id="endless-number"),
        pytest.param("[]", "must be an object, not []", id="list"),
        pytest.param('"churn"', 'must be an object, not "churn"', id="text"),
        pytest.param("null", "must be an object, not null", id="null"),
        pytest.param('{"approval": {"mode": "manual"}}', "endpoint: this key", id="no-endpoint"),
        pytest.param('{"endpoint": "churn"}', "approval: this key is required", id="no-approval"),
    ],
)
def test_what_is_no_policy_at_all(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        pytest.param({"rolout": {}}, "rolout: unknown key; did you mean `rollout`?", id="top"),
        pytest.param(
            {"approval": {"bars": [BAR | {"at_leest": 1}]}},
            "approval.bars[0].at_leest: unknown key; did you mean `at_least`?",
            id="in-a-list",
        ),
        pytest.param(
            {"serving": {"vpc": {"subnet": [], "security_group_ids": ["sg"]}}},
            "serving.vpc.subnet: unknown key; did you mean `subnets`?",
            id="in-an-optional-section",
        ),
        pytest.param(
            {"strategy": "canary"}, "strategy: unknown key; it belongs to `rollout`", id="misplaced"
        ),
        pytest.param({"xyzzy": 1}, "xyzzy: unknown key; the known keys are endpoint", id="far-off"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    sections: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal_of(**sections)


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        pytest.param({"endpoint": 7}, "endpoint: must be a valid string, not 7", id="number"),
        pytest.param({"endpoint": "a_b"}, "endpoint: must match pattern", id="name"),
        pytest.param({"endpoint": "a-"}, "endpoint: must match pattern", id="hyphen-at-the-end"),
        pytest.param({"endpoint": "a" * 64}, "endpoint: must", id="long-name"),
        pytest.param({"alarms": "high"}, "alarms: must be a valid", id="text-for-list"),
        pytest.param({"alarms": [""]}, "alarms[0]: must have at least 1 char", id="empty-alarm"),
        pytest.param({"alarms": ["a" * 256]}, "alarms[0]: must have at most 255", id="long-alarm"),
        pytest.param({"alarms": ["a", "a"]}, "alarms: a name appears twice", id="alarm-twice"),
        pytest.param({"rollout": {"step_minutes": "10"}}, "rollout.step_minutes: must", id="text"),
        pytest.param({"rollout": {"step_minutes": 1.5}}, "rollout.step_minutes: must", id="half"),
        pytest.param({"rollout": {"step_minutes": True}}, "valid integer, not true", id="boolean"),
        pytest.param({"rollout": None}, "rollout: must be an object, not null", id="null"),
        pytest.param({"judge": {"tolerance": 0.9}}, "judge.tolerance: must be greater", id="low"),
        pytest.param(
            {"rollout": {"strategy": "slow"}}, "rollout.strategy: must be 'canary'", id="word"
        ),
    ],
)
def test_a_wrong_type_or_range_is_refused_with_its_path(
    sections: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal_of(**sections)


@pytest.mark.parametrize(
    ("section", "key", "allowed", "refused"),
    [
        ("rollout", "step_minutes", (1, 10_080), (0, 10_081)),
        ("rollout", "hold_minutes", (0, 10_080), (-1, 10_081)),
        ("rollout", "holdback_percent", (0, 1, 12.5, 20), (-1, 0.5, 20.01, 100)),
        ("rollout", "watch_minutes", (4, 10_080), (0, 10_081)),
        ("rollout", "update_minutes", (5, 480), (4, 481)),
        ("rollout", "keep_releases", (1, 20), (0, 21)),
        ("serving", "instance_count", (1,), (0,)),
        ("serving", "candidate_instance_count", (1,), (0, -1)),
        ("serving", "volume_gb", (1, 512), (0, 513)),
        ("serving", "startup_timeout_seconds", (60, 3600), (59, 3601)),
        ("judge", "min_requests", (1,), (0,)),
        ("judge", "latency_objective_ms", (0.5, 60_000), (0, 60_001)),
        ("judge", "false_rollback_rate", (0.001, 0.5), (0, 0.51)),
        ("judge", "warm_up_minutes", (0, 9), (-1, 61)),
        ("judge", "cold_start_minutes", (0, 60), (-1, 61)),
    ],
)
def test_bounds_are_inclusive(
    section: str, key: str, allowed: tuple[float, ...], refused: tuple[float, ...]
) -> None:
    for value in allowed:
        policy(**{section: {key: value}})
    for value in refused:
        assert f"{section}.{key}: must" in refusal_of(**{section: {key: value}})


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        pytest.param([], "at least one share", id="none"),
        pytest.param([25, 5], "ascending", id="descending"),
        pytest.param([5, 5], "ascending", id="the-same-twice"),
        pytest.param([5, 100], "steps[1]: must be less than 100", id="all"),
        pytest.param([0], "steps[0]: must be greater", id="nothing"),
        pytest.param([-1], "steps[0]: must be greater", id="negative"),
        pytest.param([0.001], "steps[0]: must be greater", id="below-a-weight"),
        pytest.param([5.005], "steps[0]: must have at most two decimals", id="between-weights"),
        pytest.param(["5"], 'steps[0]: must be a valid number, not "5"', id="text"),
        pytest.param(
            "fast", "steps: must be 'adaptive' or 'by_traffic', not \"fast\"", id="another-word"
        ),
        pytest.param(5, "steps: must be a valid", id="not-a-list"),
    ],
)
def test_steps_ascend_below_100(steps: object, sentence: str) -> None:
    assert sentence in refusal_of(rollout={"steps": steps})


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        pytest.param({"approval": {}}, "automatic approval needs at least one bar", id="no-bars"),
        pytest.param(
            {"approval": {"bars": [{"metric": "auc"}]}},
            "approval.bars[0]: a bar needs exactly one of",
            id="bar-without-rule",
        ),
        pytest.param(
            {"approval": {"bars": [BAR | {"at_most": 1}]}},
            "found at_least and at_most",
            id="bar-with-two-rules",
        ),
        pytest.param(
            {"approval": {"bars": [BAR | {"report": "quality"}]}},
            "approval.bars[0].report: must be 'model_quality'",
            id="unknown-report",
        ),
        pytest.param(
            {"approval": {"bars": [{"metric": "validation:auc", "at_least": 1}]}},
            "approval.bars[0].metric: is not a JMESPath",
            id="not-a-jmespath",
        ),
        pytest.param(
            {"approval": {"bars": [{"metric": "(" * 256, "at_least": 1}]}},
            "approval.bars[0].metric: is not a JMESPath",
            id="endless-jmespath",
        ),
        pytest.param(
            {"rollout": {"strategy": "linear", "steps": [5]}},
            "rollout: `steps` has no effect with the strategy linear",
            id="linear-with-steps",
        ),
        pytest.param(
            {"rollout": {"strategy": "all_at_once", "steps": "by_traffic"}},
            "rollout: `steps` has no effect with the strategy all_at_once",
            id="all-at-once-by-traffic",
        ),
        pytest.param(
            {"rollout": {"increment": 20}},
            "rollout: `increment` has no effect with the strategy canary",
            id="canary-with-increment",
        ),
        pytest.param(
            {"rollout": {"strategy": "all_at_once", "hold_minutes": 45}},
            "rollout: `hold_minutes` has no effect with the strategy all_at_once",
            id="all-at-once-with-hold",
        ),
        pytest.param(
            {"rollout": {"holdback_minutes": 60}},
            "rollout: `holdback_minutes` has no effect without a `holdback_percent`, the part of "
            "the requests that stays on the previous model",
            id="minutes-of-no-holdback",
        ),
        pytest.param(
            {"rollout": {"holdback_percent": 5, "holdback_minutes": 0}},
            "rollout: `holdback_minutes` must be 1 or more with a `holdback_percent`",
            id="holdback-of-no-minutes",
        ),
        pytest.param(
            {"rollout": {"holdback_percent": 5, "holdback_minutes": 10_081}},
            "rollout.holdback_minutes: must be less than or equal to 10080",
            id="holdback-of-more-than-a-week",
        ),
        pytest.param(
            {"rollout": {"holdback_percent": 5.005}},
            "rollout.holdback_percent: must have at most two decimals",
            id="holdback-between-weights",
        ),
        pytest.param(
            {"rollout": {"steps": [50, 90], "holdback_percent": 12.5}},
            "rollout: `holdback_percent` 12.5 leaves the candidate 87.5 % of the requests, "
            "less than its last step of 90 %",
            id="holdback-that-takes-back",
        ),
        *[
            pytest.param(
                {"rollout": {**strategy_of(strategy), "holdback_percent": 5}},
                f"rollout: `holdback_percent` has no effect with the strategy {strategy}",
                id=f"{strategy}-with-holdback",
            )
            for strategy in ("all_at_once", "ab", "shadow", "guardrail")
        ],
        pytest.param(
            {"rollout": {"strategy": "all_at_once", "holdback_minutes": 60}},
            "rollout: `holdback_minutes` has no effect with the strategy all_at_once",
            id="all-at-once-with-minutes-of-a-holdback",
        ),
        pytest.param(
            {"rollout": {"watch_minutes": 3}},
            "rollout.watch_minutes (3) must be more than judge.warm_up_minutes (3)",
            id="watching-only-while-warming-up",
        ),
        pytest.param(
            {"rollout": {"shadow_minutes": 3}},
            "rollout.shadow_minutes (3) must be more than judge.warm_up_minutes (3)",
            id="shadow-only-while-warming-up",
        ),
        pytest.param(
            {"rollout": {"strategy": "shadow"}},
            "rollout: `shadow_minutes` is required with the strategy shadow",
            id="shadow-without-minutes",
        ),
        pytest.param(
            {"rollout": {"shadow_percent": 50}},
            "rollout: `shadow_percent` has no effect without `shadow_minutes`",
            id="percent-without-a-shadow",
        ),
        pytest.param(
            {"rollout": {"strategy": "shadow", "shadow_minutes": 60, "steps": [5]}},
            "rollout: `steps` has no effect with the strategy shadow",
            id="shadow-with-steps",
        ),
        pytest.param({"alarms": ["TargetTracking-x"]}, "belongs to auto-scaling", id="scaling"),
        pytest.param(
            {"serving": {"variant_name": "candidate"}},
            "reserved for the canary variant",
            id="variant",
        ),
    ],
)
def test_an_impossible_combination_is_refused_with_the_reason(
    sections: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal_of(**sections)


SHIFTING = ["canary", "linear", "ab"]
IMPOSSIBLE = [
    *[("serverless", s) for s in [*SHIFTING, "shadow", "guardrail"]],
    *[("async", s) for s in [*SHIFTING, "shadow"]],
    *[("batch", s) for s in [*SHIFTING, "shadow", "guardrail"]],
    ("multi_model", "shadow"),
    ("multi_container", "shadow"),
]
KINDS = ["realtime", "serverless", "async", "batch", "multi_model", "multi_container"]
STRATEGIES = [*SHIFTING, "shadow", "guardrail", "all_at_once"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_only_what_sagemaker_allows_is_accepted(kind: str, strategy: str) -> None:
    sections = {"serving": {"kind": kind}, "rollout": strategy_of(strategy)}
    if (kind, strategy) in IMPOSSIBLE:
        assert f"impossible with serving.kind {kind}: " in refusal_of(**sections)
    else:
        supported = kind == "realtime"
        assert (policy(**sections).unsupported() is None) == supported


@pytest.mark.parametrize(
    ("rollout", "sentence"),
    [
        ({"size_percent": 0}, "rollout.size_percent: must be greater than or equal to 1"),
        ({"size_percent": 51}, "rollout.size_percent: must be less than or equal to 50"),
        ({"size_percent": 10.5}, "rollout.size_percent"),
        ({"wait_minutes": -1}, "rollout.wait_minutes: must be greater than or equal to 0"),
        ({"wait_minutes": 61}, "rollout.wait_minutes: must be less than or equal to 60"),
        ({"termination_minutes": 61}, "rollout.termination_minutes: must be less than or equal"),
        ({"traffic": "blue"}, "rollout.traffic"),
        (
            {"traffic": "linear", "size_percent": 9},
            "`size_percent` must be 10 to 50 with traffic linear: SageMaker takes no other step",
        ),
        (
            {"traffic": "rolling", "size_percent": 4},
            "`size_percent` must be 5 to 50 with traffic rolling: SageMaker takes no other step",
        ),
        (
            {"traffic": "all_at_once", "size_percent": 10},
            "`size_percent` has no effect with traffic all_at_once: ",
        ),
        (
            {"traffic": "all_at_once", "wait_minutes": 10},
            "`wait_minutes` has no effect with traffic all_at_once: ",
        ),
        (
            {"traffic": "rolling", "termination_minutes": 10},
            "`termination_minutes` has no effect with traffic rolling: ",
        ),
        (
            {"traffic": "linear", "wait_minutes": 60},
            "the waits of 10 steps take 550 minutes, and SageMaker ends a deployment after 480",
        ),
        ({"steps": [10]}, "`steps` has no effect with the strategy guardrail"),
        ({"prove": True, "increment": 10}, "`increment` has no effect with the strategy guardrail"),
    ],
)
def test_what_sagemaker_does_not_shift_is_refused(
    rollout: dict[str, object], sentence: str
) -> None:
    assert sentence in refusal_of(rollout={"strategy": "guardrail", **rollout})


@pytest.mark.parametrize("key", ["traffic", "size_percent", "wait_minutes", "termination_minutes"])
@pytest.mark.parametrize("strategy", ["canary", "linear", "all_at_once"])
def test_only_a_guardrail_reads_how_sagemaker_shifts(strategy: str, key: str) -> None:
    written = {"strategy": strategy, key: "linear" if key == "traffic" else 20}
    said = refusal_of(rollout=written)
    assert f"`{key}` has no effect with the strategy {strategy}" in said


def test_signals_of_both_fleets_are_told_apart_by_their_configurations() -> None:
    signal: dict[str, object] = {"name": "pay", "namespace": "Shop", "metric": "Failed"}
    guarded = {"rollout": {"strategy": "guardrail"}, "judge": {"signals": ["errors", signal]}}
    assert "judge.signals: pay needs a dimension with {config}" in refusal_of(**guarded)
    signal["dimensions"] = {"Variant": "{variant}", "Config": "{config}"}
    assert policy(**guarded).unsupported() is None


def test_a_guardrail_needs_two_instances() -> None:
    sections = {"serving": {"instance_count": 1}, "rollout": {"strategy": "guardrail"}}
    assert "needs serving.instance_count 2 or more" in refusal_of(**sections)


def test_a_shadow_stage_needs_a_kind_that_has_shadows() -> None:
    sections = {"serving": {"kind": "multi_model"}, "rollout": {"shadow_minutes": 5}}
    assert "shadow_minutes is impossible with serving.kind multi_model" in refusal_of(**sections)


@pytest.mark.parametrize("key", ["instance_type", "vpc", "network_isolation", "data_capture"])
def test_a_serverless_endpoint_has_no_servers(key: str) -> None:
    values: Mapping[str, object] = {
        "instance_type": "ml.m5.large",
        "vpc": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]},
        "network_isolation": True,
        "data_capture": {"percent": 5, "destination_s3_uri": "s3://bucket/captured"},
    }
    sections = {
        "serving": {"kind": "serverless", key: values[key]},
        "rollout": {"strategy": "all_at_once"},
    }
    assert f"SageMaker offers no {key} on a serverless endpoint" in refusal_of(**sections)


def test_five_faults_are_said_at_once_and_the_rest_counted() -> None:
    sentence = refusal_of(**{f"unknown{n}": n for n in range(7)})
    assert sentence.count("unknown key") == 5
    assert sentence.endswith("; and 2 more")


def test_the_version_is_named() -> None:
    assert refusal("").startswith("policy version 3 ")


def test_data_capture_becomes_what_sagemaker_takes() -> None:
    captured = {
        "percent": 20,
        "destination_s3_uri": "s3://bucket/captured",
        "capture": ["input"],
        "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "csv_content_types": ["text/csv"],
        "json_content_types": ["application/json"],
    }
    capture = policy(serving={"data_capture": captured}).serving.data_capture
    assert capture is not None
    assert capture.request() == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
        "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }


def test_data_capture_asks_for_no_more_than_it_was_told() -> None:
    captured = {"percent": 100, "destination_s3_uri": "s3://bucket/captured"}
    capture = policy(serving={"data_capture": captured}).serving.data_capture
    assert capture is not None
    assert capture.request() == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }


class TestMerging:
    """One execution's policy is laid over the stored one."""

    def test_objects_merge_and_lists_are_replaced(self) -> None:
        stored = policy(rollout={"steps": [5, 50], "step_minutes": 7}, alarms=["a", "b"])
        merged = merge_policy(stored, {"rollout": {"steps": [10]}, "alarms": ["c"]})
        assert merged.rollout.steps == (10,)
        assert merged.rollout.step_minutes == 7
        assert merged.alarms == ("c",)

    def test_nothing_laid_over_changes_nothing(self) -> None:
        stored = policy(rollout={"strategy": "all_at_once", "watch_minutes": 5})
        assert merge_policy(stored, {}) == stored

    @pytest.mark.parametrize(
        "written",
        [
            pytest.param({}, id="defaults"),
            pytest.param({"steps": [1, 2], "hold_minutes": 45, "step_minutes": 7}, id="canary"),
            pytest.param({"strategy": "linear", "increment": 10}, id="linear"),
        ],
    )
    def test_another_strategy_brings_its_own_defaults(self, written: dict[str, object]) -> None:
        merged = merge_policy(policy(rollout=written), {"rollout": {"strategy": "all_at_once"}})
        assert (merged.rollout.steps, merged.rollout.watch_minutes) == ((), 60)

    def test_the_same_strategy_once_more_changes_nothing(self) -> None:
        stored = policy(rollout={"strategy": "linear", "increment": 10, "hold_minutes": 4})
        assert merge_policy(stored, {"rollout": {"strategy": "linear"}}) == stored
        assert merge_policy(stored, {"rollout": {"watch_minutes": 9}}).rollout.increment == 10

    def test_what_every_strategy_reads_stays_as_written(self) -> None:
        stored = policy(rollout={"watch_minutes": 17, "keep_releases": 2})
        merged = merge_policy(stored, {"rollout": {"strategy": "all_at_once"}})
        assert (merged.rollout.watch_minutes, merged.rollout.keep_releases) == (17, 2)

    def test_the_endpoint_may_be_repeated_and_not_changed(self) -> None:
        assert merge_policy(policy(), {"endpoint": "churn"}).endpoint == "churn"
        with pytest.raises(Refused, match="may not change the policy's endpoint"):
            merge_policy(policy(), {"endpoint": "fraud"})

    @pytest.mark.parametrize(
        "override",
        [
            {"rollout": {"steps": [50, 5]}},
            {"rollout": "fast"},
            {"rolout": {}},
            {"judge": {"tolerance": float("nan")}},
            {"approval": {"mode": "automatic"}},
            {"serving": {"kind": "serverless"}},
        ],
    )
    def test_a_bad_result_is_refused(self, override: dict[str, object]) -> None:
        with pytest.raises(Refused, match="the policy of this execution"):
            merge_policy(policy(), override)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
KEYS = st.sampled_from([*Policy.model_fields, "steps", "metric", "strategy", "kind", "bars"])


@given(st.text())
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_policy(text, "1")


@given(st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON)))
def test_any_document_is_a_policy_or_refused(document: dict[str, object]) -> None:
    try:
        found = parse_policy(json.dumps(document), "1")
    except Refused:
        return
    assert found.endpoint == document["endpoint"]


@given(st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON)))
def test_any_override_is_merged_or_refused(override: dict[str, object]) -> None:
    try:
        merged = merge_policy(policy(), override)
    except Refused:
        return
    assert merged.endpoint == "churn"


@given(
    st.sampled_from(["canary", "linear", "all_at_once"]),
    st.sets(st.integers(1, 9999), min_size=1, max_size=8),
    st.integers(1, 99),
)
def test_a_policy_travels_unchanged_inside_an_execution(
    strategy: str, hundredths: set[int], increment: int
) -> None:
    own: dict[str, dict[str, object]] = {
        "canary": {"steps": [share / 100 for share in sorted(hundredths)]},
        "linear": {"increment": increment},
        "all_at_once": {},
    }
    written = policy(rollout={"strategy": strategy, **own[strategy]})
    assert Policy.model_validate(written.model_dump(mode="json")) == written
    assert Policy.model_validate_json(written.model_dump_json()) == written
    steps = [float(step) for step in written.rollout.steps]
    assert steps == sorted(set(steps))
    assert all(0 < step < 100 for step in steps)


def test_a_strategy_that_is_no_name_is_refused_in_an_override_too() -> None:
    with pytest.raises(Refused, match="strategy"):
        merge_policy(policy(rollout={"strategy": "canary"}), {"rollout": {"strategy": {"a": 1}}})


@pytest.mark.parametrize(
    ("rollout", "minutes"),
    [
        ({}, 0),
        ({"holdback_percent": 0}, 0),
        ({"holdback_percent": 5}, 120),
        ({"holdback_percent": 5, "holdback_minutes": 60}, 60),
        ({"strategy": "linear", "holdback_percent": 20}, 120),
        ({"steps": [50, 95], "holdback_percent": 5}, 120),
    ],
)
def test_a_holdback_lasts_two_hours_unless_the_policy_says(
    rollout: dict[str, object], minutes: int
) -> None:
    assert policy(rollout=rollout).rollout.holdback_minutes == minutes


def test_a_holdback_is_switched_off_for_one_release_by_its_percent_alone() -> None:
    stored = policy(rollout={"holdback_percent": 5, "holdback_minutes": 60})
    merged = merge_policy(stored, {"rollout": {"holdback_percent": 0}})
    assert merged.rollout.holdback_percent == 0
    assert Policy.model_validate_json(merged.model_dump_json()) == merged


def test_a_holdback_goes_with_the_strategy_that_had_it() -> None:
    stored = policy(rollout={"holdback_percent": 5, "holdback_minutes": 60})
    merged = merge_policy(stored, {"rollout": {"strategy": "all_at_once"}})
    assert (merged.rollout.holdback_percent, merged.rollout.holdback_minutes) == (0, 0)


# ---- golden --------------------------------------------------------------------------------------

FILE = {"s3_uri": "s3://sagemaker-churn/golden.jsonl"}


def test_golden_requests_have_their_defaults_and_none_are_asked_without_a_file() -> None:
    found = policy(golden=FILE).golden
    assert found is not None
    assert (found.at_least, found.timeout_seconds) == (1.0, 60)
    assert policy().golden is None


@pytest.mark.parametrize(
    "s3_uri", ["s3://b", "s3://b/", "s3://b/k/", "https://b.s3.amazonaws.com/k", "", 7]
)
def test_golden_requests_are_an_object_in_s3(s3_uri: object) -> None:
    assert "golden.s3_uri: must " in refusal_of(golden={"s3_uri": s3_uri})


def test_an_execution_may_ask_none() -> None:
    assert merge_policy(policy(golden=FILE), {"golden": None}).golden is None
    assert merge_policy(policy(golden=FILE), {"golden": {"at_least": 0.5}}).golden is not None


# ---- lifecycle and revocations -------------------------------------------------------------------

LIFECYCLE = ("staging", "production", "retired")
ENTITY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
"""botocore: the pattern of Stage and StageStatus, of at most 63 characters."""


def test_stages_have_default_names_once_the_section_is_there() -> None:
    found = policy(lifecycle={}).lifecycle
    assert found is not None
    assert [*found.model_dump().values()] == ["Staging", "Production", "Retired"]


@pytest.mark.parametrize("name", ["a", "A-1", "in--use", "lower-case", "x" * 63])
@pytest.mark.parametrize("key", LIFECYCLE)
def test_a_stage_is_a_name_that_sagemaker_takes(key: str, name: str) -> None:
    found = policy(lifecycle={key: name}).lifecycle
    assert getattr(found, key) == name


@pytest.mark.parametrize(
    "name",
    [*("", " ", "a b", "-a", "a-", "a_b", "a.b", "Straße", "a\n", "x" * 64), None, 1, True, ["a"]],
)
@pytest.mark.parametrize("key", LIFECYCLE)
def test_another_name_is_refused_and_the_key_is_named(key: str, name: object) -> None:
    assert f"lifecycle.{key}: " in refusal_of(lifecycle={key: name})


@pytest.mark.parametrize("section", [[], "Staging", 1, True, {"archived": "A"}])
def test_a_section_of_another_form_is_refused(section: object) -> None:
    assert "lifecycle" in refusal_of(lifecycle=section)


def test_an_execution_may_leave_stages_alone() -> None:
    assert merge_policy(policy(lifecycle={}), {"lifecycle": None}).lifecycle is None


@pytest.mark.parametrize("what", ["", "NOTIFY", "rollback", None, 1, True, ["notify"], {}])
def test_an_unknown_answer_to_a_revocation_is_refused(what: object) -> None:
    assert "rollout.on_revocation: " in refusal_of(rollout={"on_revocation": what})


@pytest.mark.parametrize("strategy", ["canary", "linear", "all_at_once"])
def test_every_strategy_may_say_what_follows_a_revocation(strategy: str) -> None:
    found = policy(rollout={"strategy": strategy, "on_revocation": "roll_back"})
    assert found.rollout.on_revocation == "roll_back"


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*LIFECYCLE, "other"]), ANY_JSON)
    | st.dictionaries(st.sampled_from(LIFECYCLE), st.from_regex(r"[a-zA-Z0-9_ -]{0,65}"))
    | ANY_JSON
)
def test_stages_are_taken_as_sagemaker_takes_them_and_otherwise_refused(section: object) -> None:
    def fits(name: object) -> bool:
        return isinstance(name, str) and len(name) <= 63 and bool(ENTITY_NAME.fullmatch(name))

    names = section if isinstance(section, dict) else {"": section}
    good = set(names) <= set(LIFECYCLE) and all(map(fits, names.values()))
    if good or section is None:
        policy(lifecycle=section)
    else:
        assert "lifecycle" in refusal_of(lifecycle=section)


@given(ANY_JSON)
def test_what_follows_a_revocation_is_one_of_two_words(what: object) -> None:
    if what in ("notify", "roll_back"):
        policy(rollout={"on_revocation": what})
    else:
        assert "rollout.on_revocation: " in refusal_of(rollout={"on_revocation": what})


# ---- rehearsals ----------------------------------------------------------------------------------

REHEARSE = {"rehearse": True}


@pytest.mark.parametrize("strategy", ["canary", "linear", "all_at_once"])
def test_every_strategy_may_rehearse(strategy: str) -> None:
    assert policy(golden=FILE, rollout={**REHEARSE, "strategy": strategy}).rollout.rehearse


def test_a_rehearsal_without_golden_requests_is_refused_and_names_the_key() -> None:
    assert "rollout.rehearse needs `golden`" in refusal_of(rollout=REHEARSE)
    with pytest.raises(Refused, match=r"rollout\.rehearse needs `golden`"):
        merge_policy(policy(golden=FILE, rollout=REHEARSE), {"golden": None})


@pytest.mark.parametrize("endpoint", ["churn-rehearsal", "a-Rehearsal-b", "x-rehearsals"])
def test_an_endpoint_that_is_named_like_a_rehearsal_has_none(endpoint: str) -> None:
    said = refusal_of(endpoint=endpoint, golden=FILE, rollout=REHEARSE)
    assert "whose name contains -rehearsal" in said
    assert not policy(endpoint=endpoint, golden=FILE).rollout.rehearse


@pytest.mark.parametrize("value", ["yes", 1, None, "true", [True]])
def test_a_rehearsal_is_wanted_or_not(value: object) -> None:
    assert "rollout.rehearse" in refusal_of(golden=FILE, rollout={"rehearse": value})


def test_a_batch_job_has_no_rehearsal() -> None:
    rollout = {**REHEARSE, "strategy": "all_at_once"}
    said = refusal_of(golden=FILE, serving={"kind": "batch"}, rollout=rollout)
    assert "rehearse is impossible with serving.kind batch" in said


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_may_come_after_a_shadow(strategy: str) -> None:
    """No strategy lists `shadow_minutes` among what it reads: then others would have none."""
    rollout = {**strategy_of(strategy), "shadow_minutes": 60, "shadow_percent": 50}
    found = policy(rollout=rollout)
    assert (found.rollout.copied, found.rollout.compares) == (50, True)
