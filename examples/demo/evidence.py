"""Reads what a release keeps in the evidence bucket of its answers and its goal. Pure functions.

The documents are `releases/<endpoint>/<release>/agreement.json` and `goal.json`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from examples.demo.recording import Instant
from examples.demo.report import Agreement, Difference, Experiment, GoalLook, Pairs

MS, MINUTE = 1000, 60
SHOWN = 5
LEFT_OUT = {
    "unmatched": "have an InferenceId that only one side captured",
    "nameless": "have no InferenceId",
    "repeated": "have an InferenceId that came more than once",
    "unread": "could not be read",
}


def agreement_of(document: Mapping[str, Any], began: Instant) -> Agreement:
    """Return how often the answers of live and its shadow agreed, look by look."""
    counted = document["counted"]
    return Agreement(
        at_least=document["required"]["at_least"],
        min_pairs=document["required"]["min_pairs"],
        pairs=counted["pairs"],
        differing=counted["differing"],
        left_out=[f"{counted[key]:,} {words}" for key, words in LEFT_OUT.items() if counted[key]],
        course=[
            Pairs(
                minute=_minute(look["until"] / MS, began),
                pairs=look["pairs"],
                differing=look["differing"],
                least=look["least"],
                most=look["most"],
            )
            for look in document["course"]
        ],
        differences=[Difference.model_validate(one) for one in document["differences"][:SHOWN]],
    )


def experiment_of(versions: Sequence[Mapping[str, Any]], began: Instant) -> Experiment | None:
    """Return what was known of a goal, of all versions of its document, oldest first.

    None before anything could be compared.
    """
    known = [version for version in versions if version["effect"] is not None]
    if not known:
        return None
    last = known[-1]
    return Experiment(
        goal=last["goal"],
        decision=last["decision"],
        reason=last["reason"],
        confidence=last["confidence"],
        least_effect=last["least_effect"],
        live_outcomes=last["live"]["outcomes"],
        candidate_outcomes=last["candidate"]["outcomes"],
        live=last["live"]["mean"],
        candidate=last["candidate"]["mean"],
        log_better=last["log_better"],
        log_worse=last["log_worse"],
        decides_at=last["decides_at"],
        course=[_look(version, began) for version in known],
    )


def _look(version: Mapping[str, Any], began: Instant) -> GoalLook:
    low, high = version["interval"]
    at = datetime.fromisoformat(version["at"]).timestamp()
    return GoalLook(minute=_minute(at, began), effect=version["effect"], low=low, high=high)


def _minute(at: float, began: Instant) -> float:
    return round((at - began.simulated) / MINUTE, 2)
