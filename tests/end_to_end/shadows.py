"""Shadows in the twin: what callers send and models answer, and the policies that have shadows."""

import json
from typing import Any

from tests.end_to_end.bench import Bench
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
