"""How many golden requests have to pass, and what is said of those that do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.golden.asking import Asking, Golden, missed
from penstock.domain.golden.golden_file import GoldenRequest


def golden(requests: int, at_least: float = 1.0) -> Golden:
    return Golden(
        s3_uri="s3://b/k",
        sha256="a" * 64,
        requests=requests,
        at_least=at_least,
        timeout_seconds=10,
    )


def request(name: str | None = None, expect: str | None = "1") -> GoldenRequest:
    return GoldenRequest.model_validate({"body": "1", "name": name, "expect": expect})


@pytest.mark.parametrize(
    ("requests", "at_least", "needed"),
    [(3, 1.0, 3), (10, 0.9, 9), (10, 0.91, 10), (3, 0.01, 1), (100, 0.07, 7), (200, 0.29, 58)],
)
def test_the_share_is_a_number_of_requests(requests: int, at_least: float, needed: int) -> None:
    """0.07 of 100 are 7, which binary numbers make 8."""
    assert golden(requests, at_least).needed == needed
    assert golden(requests, at_least).allowed == requests - needed


@given(st.integers(1, 200), st.floats(0.01, 1), st.data())
def test_it_is_decided_as_soon_as_it_can_be(
    requests: int, at_least: float, data: st.DataObject
) -> None:
    asked = golden(requests, at_least)
    asking = Asking()
    while asking.undecided(asked):
        good = data.draw(st.booleans())
        asking = asking.asked(None if good else missed(asking.at + 1, request(), "2"))
    passed = asking.at - asking.misses
    assert (passed >= asked.needed) is (asking.misses <= asked.allowed)
    assert asking.at == requests or asking.misses == asked.allowed + 1


def test_a_try_without_an_answer_stays_with_its_request() -> None:
    asking = Asking().asked(None).again().again()
    assert (asking.at, asking.tries, asking.misses) == (1, 2, 0)
    assert asking.asked(None).tries == 0


def test_the_reason_is_the_first_miss() -> None:
    asking = Asking().asked(None)
    asking = asking.asked(missed(2, request("row\n2", "0.8"), "0.1\n{}"))
    asking = asking.asked(missed(3, request(), "9"))
    assert asking.reason(golden(20, 0.95)) == (
        "1 of 3 golden requests asked so far have passed, and 19 of 20 have to; "
        'the first miss is row 2: expected "0.8", got "0.1 ()"'
    )


def test_what_is_shown_has_at_most_two_hundred_characters() -> None:
    miss = missed(7, request(expect="e" * 500), "a" * 201)
    assert (miss.request, miss.expected, miss.answer) == ("line 7", "e" * 200, "a" * 200)
    assert missed(7, request(expect=None), "").expected == "an answer with status 2xx"
