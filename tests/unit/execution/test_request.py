"""What an execution may be asked to do, and every way to ask wrongly."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.execution.request import UNKNOWN, parse_request
from penstock.domain.ledger.place import Place
from penstock.domain.moments import parse_moment, read_moment

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/7"
RELEASE = {"action": "release", "model_package_arn": ARN}
ROLLBACK = {"action": "rollback", "endpoint": "churn"}


ANSWER = {
    "action": "answer",
    "endpoint": "churn",
    "release_id": "4be1c09f2a",
    "gate": "before_promotion",
    "approve": True,
    "by": "ana",
}


def nested(levels: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(levels):
        document = {"a": document}
    return document


def test_a_release_by_an_event_is_automatic() -> None:
    request = parse_request({**RELEASE, "approved_at": "2026-03-01T00:00:00Z"})
    assert request.automatic
    assert request.approved_at == 1_772_323_200_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T00:00:00Z",
        "2026-03-01T01:00:00+01:00",
        "1772323200000",
        "1772323200",
        "1.7723232E12",
        "1.7723232e9",
    ],
)
def test_an_event_s_time_may_be_iso_or_an_epoch(text: str) -> None:
    """The rule's template puts whatever the event has into quotes."""
    assert parse_request({**RELEASE, "approved_at": text}).approved_at == 1_772_323_200_000


@pytest.mark.parametrize("text", ["", "null", " ", "[]", "{}"])
def test_an_event_without_a_time_is_an_approval_whose_time_is_unknown(text: str) -> None:
    """An event that lacks its time is not refused: people would be mailed for nothing."""
    request = parse_request({**RELEASE, "approved_at": text})
    assert (request.automatic, request.approved_at) == (True, UNKNOWN)


def test_a_release_by_hand_is_not() -> None:
    assert not parse_request({**RELEASE, "dry_run": True, "adopt": True, "policy": {}}).automatic


def test_a_rollback_may_name_a_release() -> None:
    assert parse_request({**ROLLBACK, "to": "0123456789", "reason": "4711"}).to == "0123456789"


def test_a_default_that_is_written_out_is_no_extra_key() -> None:
    assert not parse_request({**ROLLBACK, "dry_run": False}).dry_run


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "action"),
        ({"action": "deploy"}, "action: "),
        ({"action": None}, "action: "),
        ({"action": "release"}, "release needs model_package_arn"),
        ({"action": "rollback"}, "rollback needs endpoint"),
        ({"action": "recover"}, "recover needs endpoint"),
        ({**RELEASE, "package": ARN}, "unknown key package"),
        ({**RELEASE, "endpoint": "churn"}, "release does not take endpoint"),
        ({**RELEASE, "to": "0123456789"}, "release does not take to"),
        ({**ROLLBACK, "model_package_arn": ARN}, "rollback does not take model_package_arn"),
        ({**ROLLBACK, "dry_run": True}, "rollback does not take dry_run"),
        ({**ROLLBACK, "adopt": True, "policy": {}}, "rollback does not take adopt, policy"),
        ({"action": "recover", "endpoint": "churn", "to": "0" * 10}, "recover does not take to"),
        ({**RELEASE, "model_package_arn": 7}, "model_package_arn: "),
        ({**RELEASE, "adopt": "yes"}, "adopt: "),
        ({**RELEASE, "adopt": 1}, "adopt: "),
        ({**ROLLBACK, "despite_quarantine": True}, "rollback does not take despite_quarantine"),
        ({**RELEASE, "despite_quarantine": "true"}, "despite_quarantine: "),
        ({**RELEASE, "despite_quarantine": 1}, "despite_quarantine: "),
        ({**RELEASE, "despite_quarantine": ["churn/7"]}, "despite_quarantine: "),
        ({**RELEASE, "dry_run": "false"}, "dry_run: "),
        ({**RELEASE, "dry_run": None}, "dry_run: "),
        ({**RELEASE, "policy": []}, "policy: "),
        ({**RELEASE, "policy": "{}"}, "policy: "),
        ({**RELEASE, "approved_at": True}, "approved_at: "),
        ({**RELEASE, "approved_at": 1.5}, "approved_at: "),
        ({**RELEASE, "approved_at": -1}, "approved_at: "),
        ({**RELEASE, "approved_at": 10**30}, "approved_at: "),
        ({**RELEASE, "approved_at": "yesterday"}, "approved_at: "),
        ({**RELEASE, "approved_at": "2026-03-01T00:00:00"}, "carries no time zone"),
        ({**RELEASE, "approved_at": "2026-13-01T00:00:00Z"}, "approved_at: "),
        ({**RELEASE, "approved_at": "1969-03-01T00:00:00Z"}, "approved_at: "),
        ({**RELEASE, "approved_at": "NaN"}, "approved_at: "),
        ({**RELEASE, "approved_at": "1e400"}, "approved_at: "),
        ({**RELEASE, "reason": "x" * 501}, "reason: "),
        ({**RELEASE, "reason": ["ticket"]}, "reason: "),
        ({**ROLLBACK, "endpoint": "no spaces"}, "endpoint: "),
        ({**ROLLBACK, "endpoint": "a" * 64}, "endpoint: "),
        ({**ROLLBACK, "endpoint": "churn\n"}, "endpoint: "),
        ({**ROLLBACK, "endpoint": ""}, "endpoint: "),
        ({**ROLLBACK, "to": "HEXHEXHEXH"}, "to: "),
        ({**ROLLBACK, "reason": "half a surrogate pair: \ud800"}, "not plain JSON"),
        ({**RELEASE, "policy": nested(300)}, "nested too deeply"),
        ({**RELEASE, "x" * 1000: 1}, "unknown key xxx"),
        ([], "the input"),
        ("release", "the input"),
        (None, "the input"),
    ],
)
def test_everything_else_is_refused_in_a_sentence(document: Any, says: str) -> None:
    with pytest.raises(Refused) as raised:
        parse_request(document)
    assert says in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["action", "model_package_arn", "approved_at", "endpoint", "policy", "dry_run", "to", "reason"]
)


@given(JSON | st.dictionaries(KEYS, JSON | st.sampled_from(["release", ARN, "churn", True])))
def test_any_json_is_a_request_or_refused(document: object) -> None:
    with suppress(Refused):
        parse_request(document)


@given(st.text() | st.datetimes().map(lambda moment: moment.isoformat() + "-14:00"))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(parse_moment(text), int)
    except ValueError:
        return


@given(JSON)
def test_any_value_is_a_moment_or_none(value: object) -> None:
    assert isinstance(read_moment(value), int | None)


@pytest.mark.parametrize("path", sorted(Path("events").glob("*.json")), ids=lambda path: path.stem)
def test_inputs_among_the_documented_events_are_requests(path: Path) -> None:
    document = json.loads(path.read_text())
    if "action" in document:
        parse_request(document)


def test_a_recovery_is_of_the_place_that_it_names() -> None:
    recovery = {"action": "recover", "endpoint": "stores", "key": "stores/store-017"}
    assert parse_request(recovery).place == Place("target", "stores", "store-017")
    nightly = {"action": "recover", "endpoint": "nightly", "key": "batch:nightly"}
    assert parse_request(nightly).place == Place("batch", "nightly")


@pytest.mark.parametrize("action", ["recover", "rollback"])
def test_a_request_with_an_endpoint_alone_is_about_that_endpoint(action: str) -> None:
    assert parse_request({"action": action, "endpoint": "churn"}).place == Place(
        "endpoint", "churn"
    )


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"action": "recover", "endpoint": "a", "key": "a:b"}, "no place of the endpoint a"),
        ({"action": "recover", "endpoint": "a", "key": "b/c"}, "no place of the endpoint a"),
        ({"action": "recover", "key": "a"}, "needs endpoint"),
        ({**ROLLBACK, "key": "churn"}, "does not take key"),
        ({**RELEASE, "key": "churn"}, "does not take key"),
    ],
)
def test_only_a_recovery_takes_a_key_and_only_of_its_endpoint(
    document: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        parse_request(document)


@pytest.mark.parametrize("key", ["endpoint", "release_id", "gate", "approve", "by"])
def test_an_answer_says_who_means_what(key: str) -> None:
    document = {name: value for name, value in ANSWER.items() if name != key}
    with pytest.raises(Refused, match=f"answer needs {key}"):
        parse_request(document)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gate": "before_lunch"},
        {"gate": ["before_traffic"]},
        {"approve": "yes"},
        {"approve": 1},
        {"by": ""},
        {"by": "  "},
        {"by": "a" * 101},
        {"note": "a" * 501},
        {"release_id": "7"},
        {"endpoint": "no such/name"},
        {"model_package_arn": ARN},
        {"dry_run": True},
        {"to": "4be1c09f2a"},
    ],
)
def test_an_answer_that_cannot_be_understood_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=next(iter(wrong))):
        parse_request({**ANSWER, **wrong})


@pytest.mark.parametrize("key", ["gate", "approve", "by", "note", "release_id"])
@pytest.mark.parametrize("action", [RELEASE, ROLLBACK])
def test_only_an_answer_takes_its_keys(action: dict[str, Any], key: str) -> None:
    with pytest.raises(Refused, match=f"does not take {key}"):
        parse_request({**action, key: ANSWER.get(key, "so be it")})
