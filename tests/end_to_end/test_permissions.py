"""A permission is there because something ends otherwise without it. `make permissions`: all."""

import pytest

from tests.end_to_end.grants import Grant, granted
from tests.end_to_end.lacking import is_needed, theatre
from tests.end_to_end.rehearsal import Theatre

__all__ = ["theatre"]

WRITES = {
    "application-autoscaling": ("Register",),
    "sagemaker": ("Create", "Update", "Delete", "AddTags"),
    "dynamodb": ("Put", "Update"),
    "cloudwatch": ("Put", "Delete", "TagResource"),
    "iam": ("PassRole",),
    "states": ("StartExecution", "SendTaskFailure"),
    "lambda": ("Invoke",),
    "events": ("Put",),
    "s3": ("Put",),
    "sns": ("Publish",),
    "sqs": ("SendMessage",),
}


def writes(grant: Grant) -> bool:
    service, _, operation = grant.action.partition(":")
    return operation.startswith(WRITES.get(service, ("nothing",)))


SAMPLE = {grant.action: grant for grant in granted() if writes(grant)}.values()
"""Each action that writes, taken from the last of the roles that have it."""


@pytest.mark.parametrize("grant", SAMPLE, ids=str)
def test_a_scene_ends_otherwise_without_the_permission(theatre: Theatre, grant: Grant) -> None:
    assert is_needed(theatre, grant)
