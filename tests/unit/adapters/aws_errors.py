"""Every error that AWS documents for the calls that the adapters make, from botocore's models."""

from functools import cache
from typing import NamedTuple

import botocore.session

from layers.make_descriptions import operations

# "Common errors" of the services' references, and those of S3 that no model has.
COMMON: list[str] = str.split("""
    AccessDeniedException ExpiredTokenException IncompleteSignature InternalFailure
    InvalidAction InvalidClientTokenId InvalidParameterCombination InvalidParameterValue
    InvalidQueryParameter MalformedHttpRequestException MalformedQueryString MissingAction
    MissingAuthenticationToken MissingParameter NotAuthorized OptInRequired
    RequestAbortedException RequestEntityTooLargeException RequestExpired
    RequestTimeoutException ServiceUnavailable SignatureDoesNotMatch ThrottlingException
    UnknownOperationException UnrecognizedClientException ValidationError ValidationException
    AccessDenied AccountProblem AllAccessDisabled AuthorizationHeaderMalformed BadDigest
    EntityTooLarge ExpiredToken InternalError InvalidArgument InvalidBucketName InvalidDigest
    InvalidRequest InvalidSecurity InvalidToken InvalidURI MethodNotAllowed NoSuchBucket
    NoSuchVersion NotImplemented NotSignedUp OperationAborted PermanentRedirect
    PreconditionFailed Redirect RequestTimeTooSkewed RequestTimeout SlowDown TemporaryRedirect
    UserKeyMustBeSpecified 301 307 400 403 404 405 412 416 500 502 503 504
""")


class Modelled(NamedTuple):
    """One error of one call; `retryable` as its service's model says."""

    operation: str
    code: str
    status: int
    retryable: bool

    def __str__(self) -> str:
        return f"{self.operation}-{self.code}"


@cache
def modelled() -> tuple[Modelled, ...]:
    """Every error shape of every call."""
    session = botocore.session.get_session()
    found = set()
    for service, operation in operations():
        model = session.get_service_model(service).operation_model(operation)
        for shape in model.error_shapes:
            said = shape.metadata.get("error") or {}
            status = int(said.get("httpStatusCode") or 400)
            code = str(said.get("code") or shape.name)
            retryable = bool(shape.metadata.get("retryable"))
            found.add(Modelled(operation, code, status, retryable))
    return tuple(sorted(found))
