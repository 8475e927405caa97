"""Whether two models' answers to one request are the same, as the policy says."""

import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from penstock.domain.golden.agreement import agrees


def answers_agree(live: str, candidate: str, tolerance: float, output: str | None) -> bool:
    """Compare what `output` (JMESPath) names in both answers, or all of them.

    As golden requests are compared, but neither answer may have more than the other. `tolerance` is
    absolute, of numbers in JSON and CSV. An answer in which nothing is named is compared whole.
    """
    if output:
        live, candidate = _named(live, output), _named(candidate, output)
    return agrees(live, candidate, tolerance) and agrees(candidate, live, tolerance)


def _named(text: str, output: str) -> str:
    try:
        found: Any = jmespath.search(output, json.loads(text))
    except (ValueError, JMESPathError, RecursionError):
        return text
    return text if found is None else json.dumps(found)
