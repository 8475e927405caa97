"""Low-level AWS errors as domain errors: by code, by message only where there is no code."""

import re
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.retries import standard
from hypothesis import given
from hypothesis import strategies as st

from layers.make_descriptions import operations
from penstock.adapters.failures import translated
from penstock.domain.errors import (
    Busy,
    Denied,
    Exists,
    Missing,
    NoCapacity,
    PenstockError,
    RefusedByAws,
    Unanswered,
    Unavailable,
)
from tests.unit.adapters.aws_errors import COMMON, Modelled, modelled

URL = "https://sagemaker"
# Lists that botocore keeps to itself: this test is the only one that reads them.
THROTTLES: list[str] = vars(standard.ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
TRANSIENTS: list[str] = vars(standard.TransientRetryableChecker)["_TRANSIENT_ERROR_CODES"]


def refuse(
    code: str, message: str = "", status: int = 400, operation: str = "UpdateEndpoint", **more: Any
) -> None:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    with translated():
        raise ClientError(answer, operation)


def meaning(code: str, message: str = "", status: int = 400, **more: Any) -> PenstockError:
    with pytest.raises(PenstockError) as raised:
        refuse(code, message, status, **more)
    return raised.value


def is_a_sentence(text: str) -> bool:
    """One line, of words, that is no program's output."""
    return bool(text.strip()) and not re.search(r'[\n{}]|Traceback|"errorMessage"', text)


# ---- by code, by message, by status -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ValidationException", "Cannot update in-progress endpoint arn", Busy),
        ("ValidationException", 'Could not find endpoint "arn"', Missing),
        ("ValidationException", 'Cannot create already existing model "arn"', Exists),
        ("ValidationException", "The instance type is not supported", RefusedByAws),
        ("ResourceInUse", "", Busy),
        ("ResourceLimitExceeded", "", NoCapacity),
        ("LimitExceeded", "", NoCapacity),
        ("ResourceNotFound", "", Missing),
        ("AccessDeniedException", "", Denied),
        ("ThrottlingException", "", Unavailable),
        ("InternalFailure", "", Unavailable),
        ("TransactionConflictException", "", Unavailable),
        ("ExecutionLimitExceeded", "", Unavailable),
        ("SlowDown", "", Unavailable),
        ("KmsThrottlingException", "", Unavailable),
        ("KMSThrottling", "", Unavailable),
        ("KMS.ThrottlingException", "", Unavailable),
        ("KmsInvalidStateException", "", Denied),
        ("KMSDisabled", "", Denied),
        ("SomethingNew", "", RefusedByAws),
    ],
)
def test_what_the_service_meant(code: str, message: str, kind: type[PenstockError]) -> None:
    assert type(meaning(code, message)) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedByAws),
        (401, Denied),
        (403, Denied),
        (404, RefusedByAws),
        (408, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (599, Unavailable),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_code_that_nobody_listed_goes_by_its_status(
    status: int, kind: type[PenstockError], named: bool
) -> None:
    """S3 answers a HEAD without a body: its status is all there is, given as the code."""
    found = meaning("SomethingNew", status=status) if named else meaning(str(status))
    assert type(found) is (Missing if not named and status == 404 else kind)


def test_a_stale_task_token_is_no_credential() -> None:
    assert type(meaning("InvalidToken", operation="SendTaskFailure")) is Missing
    assert type(meaning("InvalidToken", operation="GetObject")) is RefusedByAws


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (["None", "TransactionConflict"], Unavailable),
        (["ThrottlingError", "None"], Unavailable),
        (["ProvisionedThroughputExceeded"], Unavailable),
        (["ItemCollectionSizeLimitExceeded", "None"], RefusedByAws),
        (["ValidationError"], RefusedByAws),
        ([], RefusedByAws),
    ],
)
def test_a_cancelled_transaction_goes_by_its_reasons(
    reasons: list[str], kind: type[PenstockError]
) -> None:
    given = [{"Code": reason} for reason in reasons]
    assert type(meaning("TransactionCanceledException", CancellationReasons=given)) is kind


# ---- every error that there is ------------------------------------------------------------------


def test_the_operations_that_adapters_call_are_found() -> None:
    named = {operation for _, operation in operations()}
    assert {"DescribeEndpoint", "TransactWriteItems", "PutMetricAlarm", "HeadObject"} <= named
    assert {"SendTaskFailure", "GetParametersByPath", "PutEvents", "Publish", "Invoke"} <= named


@pytest.mark.parametrize("error", modelled(), ids=str)
def test_every_error_of_every_call_has_a_meaning_and_a_sentence(error: Modelled) -> None:
    found = meaning(error.code, "", error.status, operation=error.operation)
    assert is_a_sentence(str(found))
    assert error.operation in str(found)
    refused = error.code.upper().startswith("KMS") and "Throttl" not in error.code  # also as a 502
    if (error.retryable or error.status >= 500) and not refused:
        assert isinstance(found, Unavailable)


@pytest.mark.parametrize("code", [*THROTTLES, *TRANSIENTS])
def test_what_botocore_tries_again_is_waited_out(code: str) -> None:
    assert type(meaning(code)) is Unavailable


@pytest.mark.parametrize("code", COMMON)
def test_every_error_that_all_services_have_in_common_is_a_sentence(code: str) -> None:
    assert is_a_sentence(str(meaning(code)))


@given(
    code=st.text(max_size=40),
    message=st.text(max_size=600),
    status=st.integers(min_value=0, max_value=999),
)
def test_whatever_comes_is_one_line(code: str, message: str, status: int) -> None:
    with pytest.raises(PenstockError) as raised:
        refuse(code, message, status)
    assert len(str(raised.value).splitlines()) == 1
    assert not {"{", "}"} & set(str(raised.value))


# ---- without an answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ReadTimeoutError(endpoint_url=URL), Unanswered),
        (ConnectionClosedError(endpoint_url=URL), Unanswered),
        (ResponseParserError("Unable to parse response:\nb'<html>{}'"), Unanswered),
        (ConnectTimeoutError(endpoint_url=URL), Unavailable),
        (EndpointConnectionError(endpoint_url=URL), Unavailable),
        (NoCredentialsError(), Unavailable),
        (ParamValidationError(report="Invalid type for Tags,\nvalue: {'a': 1}"), RefusedByAws),
    ],
)
def test_a_request_that_left_without_an_answer_may_still_take_effect(
    error: BotoCoreError | ResponseParserError, kind: type[PenstockError]
) -> None:
    """One that never left cannot: that is the difference that a lock is kept for (A1)."""
    with pytest.raises(kind) as raised, translated():
        raise error
    assert type(raised.value) is kind
    assert is_a_sentence(str(raised.value))


# ---- what a parameter of the stack can mend ------------------------------------------------------

KEY = "arn:aws:kms:eu-west-1:1:key/1"


@pytest.mark.parametrize(
    ("operation", "action", "parameter"),
    [
        ("CreateEndpointConfig", "kms:CreateGrant", "KmsKeyArns and the key's own policy"),
        ("UpdateEndpoint", "kms:DescribeKey", "KmsKeyArns and the key's own policy"),
        ("CreateModel", "iam:PassRole", "ServingRoleArns"),
        ("GetObject", "kms:Decrypt", "ReadKeyArns (for the stack's own key EncryptionKeyArn)"),
        ("GetParametersByPath", "kms:Decrypt", "ReadKeyArns and the key's own policy"),
        ("UpdateItem", "kms:Decrypt", "EncryptionKeyArn and the key's own policy"),
        ("Publish", "kms:GenerateDataKey", "EncryptionKeyArn and the key's own policy"),
        ("PutObject", "kms:GenerateDataKey", "EncryptionKeyArn and the key's own policy"),
    ],
)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_a_permission_that_a_parameter_gives_is_refused_with_its_name(
    operation: str, action: str, parameter: str, code: str
) -> None:
    said = f"User: role is not authorized to perform: {action} on resource: {KEY}"
    with pytest.raises(PenstockError) as raised:
        refuse(code, said, operation=operation)
    assert f"; the stack's parameter {parameter}" in str(raised.value)
    assert str(raised.value).endswith("must allow it")


def test_a_head_that_is_refused_without_a_reason_names_the_likely_one() -> None:
    with pytest.raises(Denied, match="ReadKeyArns must name that key"):
        refuse("403", "Forbidden", 403, operation="HeadObject")
    with pytest.raises(RefusedByAws) as raised:
        refuse("400", "Bad Request", 400, operation="HeadObject")
    assert "ReadKeyArns" not in str(raised.value)


def test_any_other_denial_names_no_parameter() -> None:
    assert "parameter" not in str(meaning("AccessDenied", "not authorized: sns:Publish"))
