"""The small template of the fixtures, for the tests of the whole twin."""

import json
from pathlib import Path
from typing import Any

from twin.clock.clock import Clock
from twin.clock.clocks import StillClock
from twin.cloud import Twin

SMALL = Path(__file__).parent / "fixtures" / "small" / "template.yaml"
START = 1_790_000_000.0


def small(clock: Clock | None = None, **more: Any) -> Twin:
    """A twin of it, not yet started, with handlers in this process unless told otherwise.

    Its clock stands still while code works, so durations are exact on a busy machine, too.
    """
    more.setdefault("handlers", "in-process")
    return Twin(SMALL, clock=clock or StillClock(START), **more)


def start(twin: Twin, **given: Any) -> str:
    machine, client = twin.outputs["Machine"], twin.client("stepfunctions")
    answer = client.start_execution(stateMachineArn=machine, input=json.dumps(given))
    return str(answer["executionArn"])


def run(twin: Twin, **given: Any) -> str:
    """Run the machine to its end, and a little longer."""
    arn = start(twin, **given)
    twin.until(lambda: twin.execution(arn).status != "RUNNING", 30, "the end of the machine")
    twin.clock.sleep(60)
    return arn
