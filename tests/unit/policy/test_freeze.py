"""A freeze: when it holds, whom it holds back, and what is no freeze."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.moments import EPOCH
from penstock.domain.policy.freeze import Freeze, parse_freeze

NAME = "/penstock/control/freeze"
NOW = 1_798_000_000_000
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9998, 1, 1))  # noqa: DTZ001  # a zone is drawn
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
NAMES = st.from_regex(r"[a-zA-Z0-9](-?[a-zA-Z0-9]){0,20}", fullmatch=True)


def parsed(**document: Any) -> Freeze:
    return parse_freeze(json.dumps({"reason": "the books close", **document}), NAME)


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def test_a_reason_alone_holds_everything_back_until_it_is_deleted() -> None:
    freeze = parsed()
    assert freeze == parsed(until=None, endpoints=None)
    assert freeze.holds("churn", 0)
    assert freeze.holds("fraud", 10**15)
    assert freeze.says == "frozen: the books close"


def test_it_ends_at_its_time_to_the_millisecond() -> None:
    freeze = parsed(until="2026-12-27T00:00:00Z")
    ends = milliseconds(datetime(2026, 12, 27, tzinfo=UTC))
    assert freeze.ends_at == ends
    assert [freeze.holds("churn", at) for at in (ends - 1, ends, ends + 1)] == [True, False, False]
    assert freeze.says == "frozen: the books close (until 2026-12-27T00:00:00Z)"


@given(MOMENTS, ZONES, ZONES)
def test_one_moment_is_the_same_end_in_every_zone(
    moment: datetime, one: timezone, other: timezone
) -> None:
    at = moment.replace(microsecond=0, tzinfo=UTC)
    ends = {parsed(until=at.astimezone(zone).isoformat()).ends_at for zone in (one, other)}
    assert ends == {milliseconds(at)}


@given(MOMENTS, ZONES, st.integers(-(10**9), 10**9))
def test_it_holds_before_its_end_and_never_again_afterwards(
    moment: datetime, zone: timezone, shift: int
) -> None:
    freeze = parsed(until=moment.replace(microsecond=0, tzinfo=zone).isoformat())
    ends = freeze.ends_at
    assert ends is not None
    assert freeze.holds("churn", ends + shift) is (shift < 0)


@pytest.mark.parametrize(
    ("patterns", "held", "free"),
    [
        (["churn"], ["churn", "Churn"], ["churn-2", "my-churn"]),
        (["churn-*"], ["churn-eu", "CHURN-eu", "churn--"], ["churn", "churn2"]),
        (["*-eu", "fraud"], ["churn-eu", "fraud"], ["churn-us", "fraud-us"]),
        (["Churn-*"], ["churn-eu"], ["fraud"]),
        (["*"], ["churn", "fraud"], []),
    ],
)
def test_patterns_name_endpoints(patterns: list[str], held: list[str], free: list[str]) -> None:
    freeze = parsed(endpoints=patterns)
    assert [name for name in held + free if freeze.holds(name, NOW)] == held


@given(NAMES, st.integers(0, 21))
def test_a_name_and_its_beginning_with_a_star_hold_the_endpoint(name: str, length: int) -> None:
    assert parsed(endpoints=[name]).holds(name.upper(), NOW)
    assert parsed(endpoints=[f"{name[:length]}*"]).holds(name, NOW)
    assert not parsed(endpoints=[f"{name}-x"]).holds(name, NOW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a JSON document"),
        ("{", "is not a JSON document"),
        ('{"reason": "a", "reason": "b"}', "the key reason appears twice"),
        ("[]", "is not a freeze: must be an object"),
        ('"frozen"', "is not a freeze: must be an object"),
        ("{}", "reason: this key is required"),
        ('{"reason": ""}', "reason: must say why nothing goes forward"),
        ('{"reason": " "}', "reason: must say why nothing goes forward"),
        ('{"reason": 1}', "reason: must be a valid string"),
        ('{"reason": "x", "untill": null}', "untill: unknown key; did you mean `until`?"),
        ('{"reason": "x", "until": "2026-12-27"}', "until: must be a time with a zone"),
        ('{"reason": "x", "until": "2026-12-27T00:00:00"}', 'not "2026-12-27T00:00:00"'),
        ('{"reason": "x", "until": "tomorrow"}', "until: must be a time with a zone"),
        ('{"reason": "x", "until": 1798329600}', "until: must be a valid string"),
        ('{"reason": "x", "endpoints": "churn"}', "endpoints: must be a valid array"),
        ('{"reason": "x", "endpoints": {"a": 1}}', "endpoints: must be a valid array"),
        ('{"reason": "x", "endpoints": []}', "endpoints: must have at least 1 item"),
        ('{"reason": "x", "endpoints": [1]}', "endpoints[0]: must be a valid string"),
        ('{"reason": "x", "endpoints": ["ch_rn"]}', "endpoints[0]: must match pattern"),
        ('{"reason": "x", "endpoints": ["[a-z]"]}', "endpoints[0]: must match pattern"),
    ],
)
def test_what_is_no_freeze_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_freeze(text, NAME)
    assert str(refused.value).startswith(f"the SSM parameter {NAME} is not a")
    assert says in str(refused.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["reason", "until", "endpoints", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_document_is_a_freeze_or_refused(document: object) -> None:
    text = json.dumps(document)
    try:
        freeze = parse_freeze(text, NAME)
    except Refused:
        return
    assert isinstance(document, dict)
    assert set(document) <= {"reason", "until", "endpoints"}
    assert freeze.says.startswith(f"frozen: {document['reason']}")
