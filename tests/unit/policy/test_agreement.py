"""The policy's `judge.agreement`, and what it needs."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.allowed import Limits
from penstock.domain.policy.limits import check_limits
from penstock.domain.policy.policy import Policy, merge_policy
from tests.worlds.setups import live, package, policy

CAPTURE: dict[str, Any] = {"percent": 100, "destination_s3_uri": "s3://sagemaker-b/captured"}
SHADOW = {"strategy": "shadow", "shadow_minutes": 60}
AGREEMENT: dict[str, Any] = {"at_least": 0.98}


def comparing(
    agreement: dict[str, Any] | None = None,
    capture: dict[str, Any] | None = CAPTURE,
    rollout: dict[str, Any] | None = None,
) -> Policy:
    serving = {"data_capture": capture} if capture else {}
    judge = {"agreement": {**AGREEMENT, **(agreement or {})}}
    return policy(serving=serving, judge=judge, rollout=SHADOW if rollout is None else rollout)


def refusal(**sections: Any) -> str:
    with pytest.raises(Refused) as refused:
        merge_policy(policy(), sections)
    return str(refused.value)


def test_its_defaults_are_those_of_the_page() -> None:
    found = comparing().judge.agreement
    assert found is not None
    assert found.model_dump() == {
        "at_least": 0.98,
        "min_pairs": 500,
        "compare": "equal",
        "tolerance": 0.0,
        "output": None,
    }


@pytest.mark.parametrize(
    "capture",
    [
        pytest.param(None, id="none"),
        pytest.param({**CAPTURE, "capture": ["input"]}, id="input-only"),
        pytest.param({**CAPTURE, "percent": 0}, id="nothing"),
    ],
)
def test_answers_that_are_not_captured_cannot_be_compared(capture: dict[str, Any] | None) -> None:
    serving = {"data_capture": capture} if capture else {}
    said = refusal(serving=serving, judge={"agreement": AGREEMENT}, rollout=SHADOW)
    assert "judge.agreement needs captured answers: set serving.data_capture" in said


def test_without_a_shadow_there_is_nothing_to_compare() -> None:
    said = refusal(serving={"data_capture": CAPTURE}, judge={"agreement": AGREEMENT})
    assert "judge.agreement has no effect without rollout.shadow_minutes" in said


@pytest.mark.parametrize(
    ("agreement", "sentence"),
    [
        ({"at_least": 1.1}, "judge.agreement.at_least"),
        ({"at_least": -0.1}, "judge.agreement.at_least"),
        ({"at_least": "most"}, "judge.agreement.at_least"),
        ({"at_least": 0.9, "min_pairs": 0}, "judge.agreement.min_pairs"),
        ({"at_least": 0.9, "min_pairs": 1.5}, "judge.agreement.min_pairs"),
        ({"at_least": 0.9, "compare": "text"}, "judge.agreement.compare"),
        ({"at_least": 0.9, "tolerance": 0.1}, "`tolerance` has no effect with `compare` equal"),
        ({"at_least": 0.9, "compare": "number", "tolerance": -1}, "judge.agreement.tolerance"),
        ({"at_least": 0.9, "output": "a["}, "is not a JMESPath expression"),
        ({"at_least": 0.9, "output": ""}, "judge.agreement.output"),
        ({"at_least": 0.9, "outptu": "a"}, "judge.agreement.outptu: unknown key"),
        ({}, "judge.agreement.at_least: this key is required"),
    ],
)
def test_what_it_cannot_be_is_refused_by_name(agreement: dict[str, Any], sentence: str) -> None:
    serving = {"data_capture": CAPTURE}
    said = refusal(serving=serving, judge={"agreement": agreement}, rollout=SHADOW)
    assert sentence in said


@pytest.mark.parametrize("percent", [-1, 0, 101, 0.5, "all", None])
def test_a_share_of_copies_is_a_whole_percentage(percent: object) -> None:
    assert "rollout.shadow_percent" in refusal(rollout={**SHADOW, "shadow_percent": percent})


@pytest.mark.parametrize(("percent", "noted"), [(100, False), (99, True)])
def test_a_plan_says_when_not_all_is_captured(percent: int, noted: bool) -> None:
    drawn = comparing(capture={**CAPTURE, "percent": percent})
    notes = draw_plan(drawn, package(), "0123456789", live()).notes
    assert any("serving.data_capture.percent is" in note for note in notes) is noted


@pytest.mark.parametrize(
    ("buckets", "refused"),
    [
        (("arn:aws:s3:::sagemaker-*", "arn:aws:s3:::sagemaker-*/*"), False),
        (("arn:aws:s3:::sagemaker-*/*",), True),
        (("arn:aws:s3:::other/*",), True),
    ],
)
def test_the_destination_has_to_be_within_the_stacks_parameter(
    buckets: tuple[str, ...], refused: bool
) -> None:
    """Its folders are listed, too."""
    everything = ("*",)
    limits = Limits(serving_roles=everything, report_buckets=everything, capture_buckets=buckets)
    if not refused:
        check_limits(limits, comparing(), package())
        return
    with pytest.raises(Refused, match="parameter CaptureBucketArns does not allow object s3://sag"):
        check_limits(limits, comparing(), package())
