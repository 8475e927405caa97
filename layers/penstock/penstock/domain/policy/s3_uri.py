"""S3 URIs: `s3://`, or the HTTPS forms that the registry also accepts."""

import re
from typing import NamedTuple
from urllib.parse import unquote

from penstock.domain.errors import Missing

_FORMS = (
    re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL),
    re.compile(r"https://(?P<bucket>[^/]+)\.s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?/(?P<key>.+)"),
    re.compile(r"https://s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?/(?P<bucket>[^/]+)/(?P<key>.+)"),
)


class S3Location(NamedTuple):
    """Bucket and key of an object. A key that ends in a slash is a prefix."""

    bucket: str
    key: str


def parse_s3_uri(uri: str) -> S3Location:
    """Bucket and key.

    Raises:
        Missing: it names no object in S3.
    """
    for form in _FORMS:
        if match := form.fullmatch(uri):
            web = uri.startswith("https")
            return S3Location(match["bucket"], unquote(match["key"]) if web else match["key"])
    raise Missing(f"{uri} names no object in S3")
