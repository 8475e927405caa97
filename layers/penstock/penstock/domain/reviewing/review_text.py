"""Texts that a review writes on the package, within the registry's limits (facts 2.1)."""

import re
from collections.abc import Mapping

from penstock.domain.reviewing.review import BarAssessment, ReviewDecision

DESCRIPTION_LIMIT = 1024
METADATA_LIMIT = 50
METADATA_VALUE_LIMIT = 256
_NOT_IN_METADATA = re.compile(r"[^a-zA-Z0-9 _.:/=+\-@]")

_DID: dict[ReviewDecision, str] = {
    "approved": "Penstock approved this package",
    "rejected": "Penstock rejected this package",
    "left_pending": "Penstock leaves the decision on this package to a person",
}
_LETS: dict[ReviewDecision, str] = {
    "approved": "This package was approved before its review, and Penstock releases it",
    "rejected": "This package was approved before its review, and Penstock does not release it",
}


def description(
    decision: ReviewDecision,
    policy_version: str,
    seen: BarAssessment,
    *,
    was_approved: bool = False,
) -> str:
    """The ApprovalDescription: one line, misses first, at most 1,024 characters."""
    did = (_LETS if was_approved else _DID)[decision]
    missed, passed = seen.sentences("miss"), seen.sentences("pass")
    parts = [
        f"{did}: {len(passed)} of {len(seen.results)} bars passed "
        f"(policy version {policy_version})."
    ]
    parts += [f"Missed: {'; '.join(missed)}."] if missed else []
    parts += [f"Passed: {'; '.join(passed)}."] if passed else []
    line = " ".join(" ".join(parts).split())
    return line if len(line) <= DESCRIPTION_LIMIT else f"{line[: DESCRIPTION_LIMIT - 3]}..."


def metadata(decision: str, evidence_uri: str, present: Mapping[str, str]) -> dict[str, str]:
    """The customer metadata to add. None if the package has no room for it."""
    ours = {
        "penstock.decision": _allowed(decision.replace("_", " ")),
        "penstock.evidence": _allowed(evidence_uri),
    }
    return ours if len({*present, *ours}) <= METADATA_LIMIT else {}


def _allowed(text: str) -> str:
    return _NOT_IN_METADATA.sub("_", text)[:METADATA_VALUE_LIMIT]
