"""Which events a pattern matches, and which patterns are refused."""

from typing import Any

import pytest

from twin.eventbridge.event_pattern import InvalidPattern, compile_pattern

OR_ABSENT = {
    "detail": {
        "status": ["Approved"],
        "$or": [{"fields": ["ModelApprovalStatus"]}, {"fields": [{"exists": False}]}],
    }
}


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        pytest.param({"a": ["x"]}, {"a": "x", "b": 1}, True, id="other-fields-do-not-matter"),
        pytest.param({"a": ["x", "y"]}, {"a": "y"}, True, id="one-alternative-suffices"),
        pytest.param({"a": ["x"]}, {}, False, id="an-absent-field-does-not-match"),
        pytest.param({"a": ["x"]}, {"a": ["z", "x"]}, True, id="one-element-suffices"),
        pytest.param({"a": [True]}, {"a": 1}, False, id="true-is-not-one"),
        pytest.param({"a": [None]}, {"a": None}, True, id="null-matches-null"),
        pytest.param({"a": [None]}, {}, False, id="null-is-not-absence"),
        pytest.param({"a": [300]}, {"a": 300.0}, True, id="numbers-by-value"),
        pytest.param({"a": {"b": ["x"]}}, {"a.b": "x"}, False, id="dots-are-not-nesting"),
        pytest.param({"a.b": ["x"]}, {"a": {"b": "x"}}, False, id="nesting-is-not-dots"),
        pytest.param({"a": {"k": ["x"]}}, {"a": [{"k": "y"}, {"k": "x"}]}, True, id="objects"),
        pytest.param(
            {"a": {"k": ["x"], "l": [1]}},
            {"a": [{"k": "x", "l": 2}, {"k": "y", "l": 1}]},
            False,
            id="one-object-must-match-in-full",
        ),
        pytest.param(OR_ABSENT, {"detail": {"status": "Approved"}}, True, id="or-absent"),
        pytest.param(
            OR_ABSENT,
            {"detail": {"status": "Approved", "fields": ["CustomerMetadataProperties"]}},
            False,
            id="or-something-else",
        ),
        pytest.param({"a": [{"prefix": "x"}]}, {"a": "xy"}, True, id="prefix"),
        pytest.param({"a": [{"suffix": "y"}]}, {"a": "xy"}, True, id="suffix"),
        pytest.param({"a": [{"suffix": "z"}]}, {"a": "xy"}, False, id="no-suffix"),
        pytest.param(
            {"a": [{"prefix": {"equals-ignore-case": "X"}}]}, {"a": "xy"}, True, id="prefix-case"
        ),
        pytest.param({"a": [{"equals-ignore-case": "XY"}]}, {"a": "xy"}, True, id="case"),
        pytest.param({"a": [{"wildcard": "a*c"}]}, {"a": "abbc"}, True, id="wildcard"),
        pytest.param({"a": [{"wildcard": r"a\*c"}]}, {"a": "abc"}, False, id="escaped-wildcard"),
        pytest.param({"a": [{"anything-but": "x"}]}, {"a": "y"}, True, id="anything-but"),
        pytest.param({"a": [{"anything-but": "x"}]}, {}, False, id="anything-but-needs-a-field"),
        pytest.param(
            {"a": [{"anything-but": {"prefix": "T-"}}]}, {"a": "T-1"}, False, id="but-prefix"
        ),
        pytest.param(
            {"a": [{"anything-but": {"prefix": ["T-", "U-"]}}]}, {"a": "V"}, True, id="prefixes"
        ),
        pytest.param({"a": [{"anything-but": [1, 2]}]}, {"a": 2}, False, id="but-numbers"),
        pytest.param({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True, id="range"),
        pytest.param({"a": [{"numeric": ["=", 1]}]}, {"a": True}, False, id="true-is-no-number"),
        pytest.param({"a": [{"exists": True}]}, {"a": None}, True, id="null-exists"),
        pytest.param({"a": [{"exists": False}]}, {"a": []}, True, id="an-empty-array-is-absent"),
        pytest.param({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.9"}, True, id="cidr"),
        pytest.param({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "no address"}, False, id="no-cidr"),
    ],
)
def test_a_pattern_matches(pattern: Any, event: Any, expected: bool) -> None:
    assert compile_pattern(pattern)(event) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({}, id="empty"),
        pytest.param({"a": "x"}, id="no-list"),
        pytest.param({"a": []}, id="empty-list"),
        pytest.param({"a": [{"regex": "x"}]}, id="unknown-operator"),
        pytest.param({"a": [{"prefix": "x", "suffix": "y"}]}, id="two-operators"),
        pytest.param({"a": [{"prefix": 1}]}, id="prefix-of-a-number"),
        pytest.param({"a": [{"exists": "yes"}]}, id="exists-text"),
        pytest.param({"a": [{"numeric": [">", "1"]}]}, id="numeric-text"),
        pytest.param({"a": [{"numeric": ["<", 1, ">", 0]}]}, id="range-upside-down"),
        pytest.param({"a": [{"wildcard": "a**b"}]}, id="consecutive-wildcards"),
        pytest.param({"a": [{"wildcard": r"a\b"}]}, id="bad-escape"),
        pytest.param({"a": [{"cidr": "10.0.0.1/24"}]}, id="no-network"),
        pytest.param({"a": [{"anything-but": {"numeric": [">", 1]}}]}, id="but-numeric"),
        pytest.param({"a": [{"anything-but": ["x", 1]}]}, id="but-mixed"),
        pytest.param({"$or": [{"a": ["x"]}]}, id="or-of-one"),
    ],
)
def test_a_pattern_is_refused(pattern: Any) -> None:
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)
