"""Tags: what the policy may set, and the limit of tags on one resource."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from penstock.domain.errors import Refused

MOST_TAGS = 50
"""Most tags of one resource. AWS's own (`aws:`) do not count."""
RELEASE_TAG, ENDPOINT_TAG = OURS = ("penstock:release", "penstock:endpoint")
_RESERVED = ("aws:", "penstock:")
_CHARACTERS = TypeAdapter[str](
    Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$")],
    config=ConfigDict(defer_build=True),
)
"""Those of TagKey and TagValue; not every JSON Schema validator knows such a pattern."""


def _allowed(text: str) -> str:
    try:
        return _CHARACTERS.validate_python(text)
    except ValidationError as error:
        raise ValueError(
            "a tag may contain only letters, digits, spaces and _ . : / = + - @"
        ) from error


def _not_reserved(key: str) -> str:
    if key.lower().startswith(_RESERVED):
        raise ValueError(f"tags that begin with {' or '.join(_RESERVED)} are reserved")
    return key


TagKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    AfterValidator(_allowed),
    AfterValidator(_not_reserved),
]
TagValue = Annotated[str, StringConstraints(max_length=256), AfterValidator(_allowed)]


def check_tags(what: str, theirs: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Check that people's, the policy's and Penstock's tags fit on one resource, `what`.

    People's tags are never dropped, because costs, owners and permissions may depend on them.

    Raises:
        Refused: There are too many.
    """
    count = len({*theirs, *wanted, *OURS})
    if count > MOST_TAGS:
        raise Refused(
            f"the new {what} would have {count} tags, but SageMaker allows {MOST_TAGS}; "
            f"{len(theirs)} of "
            f"them come from the {what} that serves, so remove {count - MOST_TAGS} there "
            "(aws sagemaker delete-tags)"
        )
