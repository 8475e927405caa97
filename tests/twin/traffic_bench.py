"""Requests to the twin's endpoints, and what was measured of them."""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.worlds.sagemaker_bench import DIGEST, IMAGE, Bench

COMMAND = [sys.executable, str(Path(__file__).parent / "fixtures" / "serve.py")]
UNITS = {
    "Invocations": "None",
    "InvocationsPerInstance": "None",
    "Invocation4XXErrors": "None",
    "Invocation5XXErrors": "None",
    "InvocationModelErrors": "None",
    "ModelLatency": "Microseconds",
    "OverheadLatency": "Microseconds",
}


def serve(aws: Bench, files: Mapping[str, str], **weights: float) -> None:
    """Put `churn` into service with real model servers."""
    aws.store_artefact(files)
    aws.sagemaker.images.register(IMAGE, COMMAND, DIGEST)
    aws.model(Environment={"THRESHOLD": "0.5"})
    aws.config(**weights)
    aws.client.create_endpoint(EndpointName="churn", EndpointConfigName="config-1")
    aws.clock.advance(180)


def invoke(aws: Bench, asked: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = aws.runtime.invoke_endpoint(
        EndpointName="churn", Body=json.dumps(asked or {}), ContentType="application/json", **more
    )
    return answer


def values(aws: Bench, name: str, of: str = "live") -> dict[float, int]:
    """What was recorded for a variant, over all its requests."""
    total: Counter[float] = Counter()
    for datum in aws.data:
        if datum.name == name and datum.dimensions == {"EndpointName": "churn", "VariantName": of}:
            total.update(datum.values)
    return dict(total)


def requests(aws: Bench, of: str) -> int:
    return int(sum(values(aws, "Invocations", of).values()))
