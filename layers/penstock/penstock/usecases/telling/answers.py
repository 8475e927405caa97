"""What people answered, as an ending tells it."""

from collections.abc import Iterable

from penstock.domain.execution.announcements import AnswerSeen
from penstock.domain.ledger.people import Answer


def seen(answers: Iterable[Answer]) -> tuple[AnswerSeen, ...]:
    """Every answer to a release, in the form of its last event."""
    return tuple(AnswerSeen(**answer.model_dump()) for answer in answers)
