"""The meaning of AWS's error codes. A code that is not listed goes by its HTTP status."""

from collections.abc import Mapping
from typing import Any

from penstock.domain.errors import (
    Busy,
    Denied,
    Exists,
    Missing,
    NoCapacity,
    PenstockError,
    RefusedByAws,
    Unavailable,
)

_MEANINGS: dict[type[PenstockError], str] = {
    Busy: "ResourceInUse",
    # LimitExceeded is CloudWatch's word for a quota.
    NoCapacity: "ResourceLimitExceeded LimitExceeded",
    # InvalidObjectState: archived, not to be read now. InvalidToken of other calls is a credential.
    Missing: """
        ResourceNotFound ResourceNotFoundException ParameterNotFound NoSuchKey NoSuchBucket
        NoSuchVersion NotFound 404 ExecutionDoesNotExist InvalidArn TaskTimedOut TaskDoesNotExist
        SendTaskFailure.InvalidToken InvalidObjectState ObjectNotFoundException
    """,
    Exists: "ExecutionAlreadyExists",
    RefusedByAws: "RegisterScalableTarget.LimitExceededException",  # of others it is a throttle
    # InvalidKeyId: of a SecureString, whose key is gone, disabled or somebody else's.
    Denied: """
        AccessDenied AccessDeniedException 403 AllAccessDisabled AuthorizationError NotAuthorized
        UnauthorizedOperation OptInRequired UnrecognizedClientException InvalidClientTokenId
        SignatureDoesNotMatch MissingAuthenticationToken InvalidKeyId
    """,
    # Throttling as botocore lists it, then what services call their own trouble or a conflict.
    Unavailable: """
        Throttling ThrottlingException ThrottledException Throttled RequestThrottledException
        RequestThrottled TooManyRequestsException ProvisionedThroughputExceededException
        TransactionInProgressException RequestLimitExceeded BandwidthLimitExceeded
        LimitExceededException SlowDown PriorRequestNotComplete EC2ThrottledException
        RequestTimeout RequestTimeoutException RequestAbortedException ServiceUnavailable
        ServiceUnavailableException InternalFailure InternalError InternalException
        InternalServerError InternalServerException InternalServiceError InternalServiceException
        InternalServiceFault ServiceException ConcurrentUpdateException ConflictException
        OperationAborted TransactionConflictException ReplicatedWriteConflictException
        ExecutionLimitExceeded ExpiredToken ExpiredTokenException RequestExpired
    """,
}
BY_CODE = {code: kind for kind, codes in _MEANINGS.items() for code in codes.split()}

# SageMaker has no modelled ValidationException: missing, duplicate and in-progress differ only in
# the message, so this one place reads it (facts 2.1, 3.2).
BY_MESSAGE: dict[str, type[PenstockError]] = {
    "Could not find": Missing,
    "does not exist": Missing,
    "not found": Missing,
    "Cannot create already existing": Exists,
    "already exists": Exists,
    "in-progress": Busy,
    "in progress": Busy,
}
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
"""Transient reasons of a cancelled transaction."""


def cancelled(answer: Mapping[str, Any]) -> set[str]:
    """Why DynamoDB cancelled a transaction: the codes of its reasons."""
    reasons = answer.get("CancellationReasons") or []
    return {str(reason.get("Code")) for reason in reasons}
