"""Low-level AWS errors become domain errors here, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
)

from penstock.domain.errors import (
    Busy,
    Denied,
    Exists,
    Missing,
    NoCapacity,
    Unanswered,
    Unavailable,
)

_BY_CODE = {
    "ResourceLimitExceeded": NoCapacity,
    "LimitExceeded": NoCapacity,  # CloudWatch's word for it
    "ResourceNotFound": Missing,
    "ResourceNotFoundException": Missing,
    "ParameterNotFound": Missing,
    "NoSuchKey": Missing,
    "NoSuchBucket": Missing,
    "404": Missing,
    "ExecutionDoesNotExist": Missing,
    "InvalidArn": Missing,
    "TaskTimedOut": Missing,
    "TaskDoesNotExist": Missing,
    "ExecutionAlreadyExists": Exists,
    "AccessDenied": Denied,
    "AccessDeniedException": Denied,
    "403": Denied,
    "InvalidObjectState": Missing,  # archived: not to be read now
    "InvalidKeyId": Denied,  # of a SecureString: the key is gone, disabled or of somebody else
    "KMS.AccessDeniedException": Denied,
    "KMS.DisabledException": Denied,
    "KMS.NotFoundException": Denied,
    "KMS.KMSInvalidStateException": Denied,
    "Throttling": Unavailable,
    "ThrottlingException": Unavailable,
    "TooManyRequestsException": Unavailable,
    "ProvisionedThroughputExceededException": Unavailable,
    "RequestLimitExceeded": Unavailable,
    "ServiceUnavailable": Unavailable,
    "InternalFailure": Unavailable,
    "InternalServiceException": Unavailable,
    "ConcurrentUpdateException": Unavailable,
    "InternalServerError": Unavailable,
    "ConflictException": Unavailable,
    "TransactionConflictException": Unavailable,
    "ResourceInUse": Busy,
}
# SageMaker has no modelled ValidationException: missing, duplicate and in-progress differ only in
# the message, so this one place reads it (facts 2.1, 3.2).
_BY_MESSAGE = {
    "Could not find": Missing,
    "does not exist": Missing,
    "not found": Missing,
    "Cannot create already existing": Exists,
    "already exists": Exists,
    "in-progress": Busy,
    "in progress": Busy,
}


@contextmanager
def translated() -> Iterator[None]:
    """Run AWS calls; known refusals come out as domain errors, unknown ones pass through.

    Raises:
        Busy, NoCapacity, Missing, Exists, Denied, Unavailable: what the service meant.
        Unanswered: nobody knows what the service did, or will do yet.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning(_sentence(error)) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise Unavailable(str(error)) from error  # the request never left
    except HTTPClientError as error:
        raise Unanswered(str(error)) from error
    except BotoCoreError as error:
        raise Unavailable(str(error)) from error


def _meaning(error: ClientError) -> type[Exception] | None:
    code = error.response["Error"].get("Code", "")
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in {"ValidationException", "ValidationError"}:
        message = error.response["Error"].get("Message", "")
        return next((kind for text, kind in _BY_MESSAGE.items() if text in message), None)
    return None


def _sentence(error: ClientError) -> str:
    return f"{error.operation_name}: {error.response['Error'].get('Message', '')}"
