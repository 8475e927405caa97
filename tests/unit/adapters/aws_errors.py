"""Every error that AWS documents for the calls that the adapters make, from botocore's models."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import botocore.session
from botocore import xform_name

PENSTOCK = Path(__file__).parents[3] / "layers" / "penstock" / "penstock"
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
def operations() -> tuple[tuple[str, str], ...]:
    """Service and operation of every call: clients come from one place, methods have one name."""
    session = botocore.session.get_session()
    named = set(_named())
    found = []
    for service in sorted(_services()):
        model = session.get_service_model(service)
        called = (op for op in model.operation_names if xform_name(op) in named)
        found += [(service, operation) for operation in called]
    return tuple(found)


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


def _services() -> set[str]:
    texts = [module.read_text() for module in (PENSTOCK / "wiring").glob("*.py")]
    return set(re.findall(r'\.client\(\s*"([\w-]+)"', "".join(texts)))


def _named() -> Iterator[str]:
    """Every attribute and every text of the adapters: methods are called, or named to paginate."""
    for module in (PENSTOCK / "adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
