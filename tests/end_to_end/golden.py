"""Golden requests in a corner of the account, and models on real servers that answer them."""

import json
from typing import Any

from tests.end_to_end.bench import Bench
from tests.end_to_end.real_models import furnish, register
from tests.end_to_end.stage import BUCKET

RIGHT = "good"
"""What the right model answers: a served model answers with its behaviour."""


def upload(bench: Bench, *lines: Any, text: str | None = None) -> str:
    """A file with these lines, or this text, in the bucket of reports; its URI."""
    key = f"{bench.group}/golden.jsonl"
    bench.upload(key, text if text is not None else "\n".join(map(json.dumps, lines)))
    return f"s3://{BUCKET}/{key}"


def asked(bench: Bench, **changes: Any) -> str:
    """The right model serves users, and from now on the policy asks for its answer."""
    furnish(bench.twin)
    bench.policy()
    package = register(bench, RIGHT)
    bench.released(package)
    bench.drive()
    name_golden(bench, **changes)
    return package


def name_golden(bench: Bench, *lines: Any, **changes: Any) -> None:
    """Name a file with these lines, or with one that asks for the right answer."""
    one = {"body": "1,2", "expect": RIGHT, "name": "row 7"}
    bench.policy({"golden": {"s3_uri": upload(bench, *(lines or [one]))}, **changes})
