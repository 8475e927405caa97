"""The test of a goal as the document of an execution carries it: about 300 bytes, at most 600."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from penstock.domain.judging.goal.aim import BETS
from penstock.domain.judging.goal.trial import Trial


def carried_trial(trial: Trial) -> list[Any]:
    """The state as JSON. Numbers keep all their digits, so a state is restored as it was."""
    document: list[Any] = _trials().dump_python(trial, mode="json")
    return document


def restored_trial(document: object) -> Trial:
    """The state of `carried`.

    Raises:
        ValueError: It is none.
    """
    try:
        trial = _trials().validate_python(document)
    except ValidationError as error:
        raise ValueError(f"this is no state of a goal's test: {error}") from error
    if len(trial.higher) != len(BETS) or len(trial.lower) != len(BETS):
        raise ValueError(f"a goal's test has {len(BETS)} bets in each direction")
    return trial


@cache
def _trials() -> TypeAdapter[Trial]:
    return TypeAdapter(Trial)
