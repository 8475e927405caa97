"""Low-level AWS errors as domain errors: by code, and by message only where there is no code."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from penstock.adapters.failures import translated
from penstock.domain.errors import (
    Busy,
    Denied,
    Exists,
    Missing,
    NoCapacity,
    PenstockError,
    Unanswered,
    Unavailable,
)

URL = "https://sagemaker"


def refuse(code: str, message: str = "") -> None:
    with translated():
        raise ClientError({"Error": {"Code": code, "Message": message}}, "UpdateEndpoint")


@pytest.mark.parametrize(
    ("code", "message", "meaning"),
    [
        ("ValidationException", "Cannot update in-progress endpoint arn", Busy),
        ("ValidationException", 'Could not find endpoint "arn"', Missing),
        ("ValidationException", 'Cannot create already existing model "arn"', Exists),
        ("ResourceInUse", "", Busy),
        ("ResourceLimitExceeded", "", NoCapacity),
        ("ResourceNotFound", "", Missing),
        ("AccessDeniedException", "", Denied),
        ("ThrottlingException", "", Unavailable),
        ("InternalFailure", "", Unavailable),
        ("TransactionConflictException", "", Unavailable),
    ],
)
def test_what_the_service_meant(code: str, message: str, meaning: type[PenstockError]) -> None:
    with pytest.raises(meaning) as raised:
        refuse(code, message)
    assert type(raised.value) is meaning


@pytest.mark.parametrize("code", ["ValidationException", "SomethingNew"])
def test_what_nobody_knows_passes_through(code: str) -> None:
    with pytest.raises(ClientError):
        refuse(code, "the instance type is not supported in this region")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (ReadTimeoutError(endpoint_url=URL), Unanswered),
        (ConnectionClosedError(endpoint_url=URL), Unanswered),
        (ConnectTimeoutError(endpoint_url=URL), Unavailable),
        (EndpointConnectionError(endpoint_url=URL), Unavailable),
        (NoCredentialsError(), Unavailable),
    ],
)
def test_a_request_that_left_without_an_answer_may_still_take_effect(
    error: BotoCoreError, meaning: type[PenstockError]
) -> None:
    """One that never left cannot: that is the difference that a lock is kept for (A1)."""
    with pytest.raises(meaning) as raised, translated():
        raise error
    assert type(raised.value) is meaning
