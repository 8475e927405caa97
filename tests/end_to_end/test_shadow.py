"""Shadows in the twin: copies of the requests are answered, and the answers are compared."""

import json
from typing import Any

from tests.end_to_end.bench import BAD, Bench
from tests.end_to_end.endings import OBSERVED, PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.stage import BUCKET
from twin.sagemaker.request_contents import Asked, Said

CAPTURE = {"percent": 100, "destination_s3_uri": f"s3://{BUCKET}/captured"}
AGREEMENT = {"at_least": 0.95, "min_pairs": 500}
SHADOW: dict[str, Any] = {
    "serving": {"data_capture": CAPTURE},
    "rollout": {"shadow_minutes": 20},
    "judge": {"agreement": AGREEMENT, "deadline_minutes": 60, "on_inconclusive": "roll_back"},
}
WATCHED = {
    **SHADOW,
    "rollout": {
        **dict.fromkeys(("steps", "step_minutes", "hold_minutes")),
        "strategy": "shadow",
        "shadow_minutes": 20,
    },
}


def answering(bench: Bench, version: int, text: str, differs: int = 0) -> None:
    """So many of a hundred answers of a version differ from the text."""
    bench.twin.sagemaker.contents.answer(
        f"s3://{BUCKET}/{bench.group}/{version}/model.tar.gz",
        Said(lambda number: "other" if number % 100 < differs else text),
    )


def named(bench: Bench) -> None:
    """Callers send an InferenceId with each request."""
    asked = Asked(lambda number: f"{number}", inference_id=lambda number: f"id-{number}")
    bench.twin.sagemaker.contents.ask(bench.endpoint, asked)


def evidence(bench: Bench) -> dict[str, Any]:
    """What is kept of the answers of the endpoint's last release."""
    s3, bucket = bench.twin.client("s3"), bench.twin.outputs["EvidenceBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"releases/{bench.endpoint}/")["Contents"]
    (key,) = [each["Key"] for each in listed if each["Key"].endswith("/agreement.json")]
    found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return found


def served(bench: Bench, **policy: Any) -> str:
    before = bench.live(**policy)
    answering(bench, 1, "0.5")
    named(bench)
    return before


def test_a_good_package_is_a_shadow_first_and_then_promoted(bench: Bench) -> None:
    served(bench, **SHADOW)
    package = bench.register()
    answering(bench, 2, "0.5", differs=1)
    assert row(bench.released(package)) == PROMOTED
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100, 50, 100]
    assert bench.serving == [package]
    counted = evidence(bench)["counted"]
    assert counted["pairs"] >= AGREEMENT["min_pairs"]
    assert 0 < counted["differing"] < 0.03 * counted["pairs"]


def test_one_that_answers_otherwise_never_serves_anybody(bench: Bench) -> None:
    before = served(bench, **SHADOW)
    package = bench.register()
    answering(bench, 2, "0.5", differs=30)
    execution = bench.released(package)
    assert row(execution) == ROLLED_BACK
    assert "the candidate answers otherwise than live: " in ending(execution)["reason"]
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})
    assert len(evidence(bench)["differences"]) == 5
    assert bench.events("Package Quarantined")


def test_alone_it_ends_observed(bench: Bench) -> None:
    before = served(bench, **WATCHED)
    package = bench.register()
    answering(bench, 2, "0.5")
    execution = bench.released(package)
    assert row(execution) == OBSERVED
    (said,) = bench.events("Release Observed")
    assert "0 of " in said["reason"]
    assert (bench.serving, bench.shares) == ([before], {"live": 1.0})


def test_one_that_fails_is_taken_back_without_a_failed_request_of_a_user(bench: Bench) -> None:
    before = bench.live(rollout={"shadow_minutes": 20}, judge={"cold_start_minutes": 0})
    execution = bench.released(bench.register(behaviour=BAD))
    assert row(execution) == ROLLED_BACK
    assert [said["to_percent"] for said in bench.events("Traffic Shifted")] == [100]
    assert bench.serving == [before]
