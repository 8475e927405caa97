"""Objects under a customer-provided key: no verdict with the reason, then a person."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from penstock.adapters.reports import S3Reports
from penstock.domain.errors import NoVerdict
from tests.fakes.reports import FakeReports
from tests.field.desk import Desk, case

FOUND = case("object_under_a_customer_s_key")


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    with closing(session.client("s3")) as client:
        yield client


class Answering(FakeReports):
    """S3 answers every call with this error, through the adapter."""

    def __init__(self, s3: Any, each: dict[str, Any]) -> None:
        super().__init__()
        self._s3, self._each = s3, each

    def artefact(self, uri: str) -> str:
        return str(self._asked("head_object", lambda reports: reports.artefact(uri)))

    def read(self, uri: str, expected_digest: str | None) -> Any:
        return self._asked("get_object", lambda reports: reports.read(uri, expected_digest))

    def _asked(self, call: str, ask: Callable[[S3Reports], Any]) -> Any:
        with Stubber(self._s3) as stubber:
            code, status = self._each["code"], self._each["status"]
            stubber.add_client_error(call, code, "not to be read", status)
            return ask(S3Reports(self._s3))


@pytest.mark.parametrize("each", FOUND["answers"], ids=lambda each: f"{each['of']} {each['code']}")
def test_it_is_tried_again_and_then_people_are_told(s3: Any, each: dict[str, Any]) -> None:
    desk = Desk(FOUND, Answering(s3, each))
    assert desk.review() == "no_verdict"
    desk.clock.advance(3600)
    assert desk.sweep() == ["no_verdict"]
    assert desk.told == []
    desk.a_day_passes()
    (told,) = desk.told
    assert "cannot be read" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("each", FOUND["answers"], ids=lambda each: f"{each['of']} {each['code']}")
def test_the_adapter_says_which_object_and_why(s3: Any, each: dict[str, Any]) -> None:
    reports = Answering(s3, each)
    with pytest.raises(NoVerdict, match=r"s3://b/k cannot be read: "):
        reports.artefact("s3://b/k") if each["of"] == "head_object" else reports.read(
            "s3://b/k", None
        )
