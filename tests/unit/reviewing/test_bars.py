"""What a bar finds in a report, and in live's."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.policy.approval import Bar
from penstock.domain.reviewing.bars import BarResult, judge_bars, overall
from penstock.domain.reviewing.reports import (
    KEPT_BYTES,
    Document,
    NotJson,
    Report,
    Unreadable,
    keep,
    parse_report,
    prune,
)

AUC = "binary_classification_metrics.auc"


def bar(metric: str = AUC, **rule: Any) -> Bar:
    return Bar.model_validate({"metric": metric, **(rule or {"at_least": 0.85})})


def report_with(auc: str) -> Report:
    return parse_report(f'{{"binary_classification_metrics": {{"auc": {auc}}}}}', "d")


def judged(one: Bar, report: Report | None, live: dict[str, Any] | None = None) -> BarResult:
    reports = {} if report is None else {one.report: report}
    return judge_bars([one], reports, live)[0]


def kept(report: Report, *bars: Bar) -> dict[str, Any]:
    return dict(keep(bars, {"model_quality": report}))


@pytest.mark.parametrize(
    ("rule", "auc", "verdict"),
    [
        pytest.param({"at_least": 0.85}, "0.85", "pass", id="equal-is-at-least"),
        pytest.param({"at_least": 0.85}, "0.8499", "miss", id="below"),
        pytest.param({"at_most": 0.85}, "0.85", "pass", id="equal-is-at-most"),
        pytest.param({"at_most": 0.85}, "0.8501", "miss", id="above"),
        pytest.param({"at_least": 1}, "1", "pass", id="integers"),
        pytest.param({"at_least": 0}, "0.0", "pass", id="zero-is-a-number"),
        pytest.param({"at_least": -1}, "-1e300", "miss", id="far-below"),
        pytest.param({"at_least": 0.85}, '{"value": 0.9}', "pass", id="object-with-value"),
        pytest.param(
            {"at_least": 0.85}, '{"value": 0.9, "standard_deviation": "NaN"}', "pass", id="spread"
        ),
    ],
)
def test_a_number_clears_its_bar_or_not(rule: dict[str, Any], auc: str, verdict: str) -> None:
    assert judged(bar(**rule), report_with(auc)).verdict == verdict


@pytest.mark.parametrize(
    ("auc", "reason"),
    [
        pytest.param("null", "is missing", id="null"),
        pytest.param("NaN", "is NaN", id="nan"),
        pytest.param('"NaN"', "is the string 'NaN', not a number", id="nan-as-text"),
        pytest.param('"0.9"', "is the string '0.9', not a number", id="number-as-text"),
        pytest.param("Infinity", "is infinite", id="infinite"),
        pytest.param("-Infinity", "is infinite", id="minus-infinite"),
        pytest.param("1e999", "is infinite", id="overflow"),
        pytest.param("1" + "0" * 400, "is infinite", id="integer-beyond-floats"),
        pytest.param("true", "is true or false, not a number", id="boolean"),
        pytest.param("[0.9]", "is a list, not a number", id="list"),
        pytest.param("{}", "is an object, not a number", id="object"),
        pytest.param('{"mean": 0.9}', "is an object, not a number", id="object-without-value"),
        pytest.param('{"value": {"value": 1}}', "is an object", id="value-in-value"),
        pytest.param('{"value": null}', "is missing", id="value-null"),
        pytest.param('{"value": "NaN"}', "is the string 'NaN'", id="value-nan-as-text"),
        pytest.param('{"value": true}', "is true or false", id="value-boolean"),
    ],
)
@pytest.mark.parametrize(
    "rule", [{"at_least": -1e308}, {"at_most": 1e308}, {"at_least_vs_live": -9}]
)
def test_what_is_not_a_finite_number_is_a_miss(rule: dict[str, Any], auc: str, reason: str) -> None:
    found = judged(bar(**rule), report_with(auc))
    assert (found.verdict, found.value) == ("miss", None)
    assert reason in found.sentence
    assert "model_quality report" in found.sentence


@pytest.mark.parametrize(
    ("report", "verdict", "reason"),
    [
        pytest.param(None, "miss", "has no model_quality report", id="not-carried"),
        pytest.param(NotJson("d"), "miss", "is not JSON", id="not-json"),
        pytest.param(Unreadable("no access"), "no_verdict", "no access", id="unreadable"),
        pytest.param(Document({}, "d"), "miss", "is missing", id="empty"),
        pytest.param(Document([], "d"), "miss", "is missing", id="a-list"),
        pytest.param(Document(3, "d"), "miss", "is missing", id="a-number"),
        pytest.param(Document(None, "d"), "miss", "is missing", id="null"),
    ],
)
def test_a_report_without_the_metric(report: Report | None, verdict: str, reason: str) -> None:
    found = judged(bar(), report)
    assert found.verdict == verdict
    assert reason in found.sentence


@pytest.mark.parametrize(
    "text", ["", "auc: 0.9", "{'auc': 0.9}", "[" * 100_000, "9" * 5000, "\x00", '{"a": 1} x']
)
def test_a_report_that_is_no_json_document(text: str) -> None:
    assert parse_report(text, "d") == NotJson("d")


@pytest.mark.parametrize(
    "metric", ["ceil(auc)", "avg(many)", "many[::0]", "max_by(many, &a)", "sum(many)", "abs(text)"]
)
def test_an_expression_that_fails_is_a_miss(metric: str) -> None:
    content = {"auc": math.nan, "many": [10**400, 0.5], "text": "a"}
    assert judged(bar(metric), Document(content, "d")).verdict == "miss"


class TestAgainstLive:
    """Bars on the difference candidate - live."""

    def test_nothing_live_passes_and_says_so(self) -> None:
        found = judged(bar(at_least_vs_live=0.5), report_with("0.1"), live=None)
        assert found.verdict == "pass"
        assert "there is no live package yet" in found.sentence

    @pytest.mark.parametrize(
        ("rule", "auc", "verdict"),
        [
            pytest.param({"at_least_vs_live": -0.005}, "0.845", "pass", id="exactly-as-much-worse"),
            pytest.param({"at_least_vs_live": -0.005}, "0.84499", "miss", id="a-little-more"),
            pytest.param({"at_least_vs_live": 0}, "0.85", "pass", id="no-worse"),
            pytest.param({"at_least_vs_live": 0.01}, "0.85", "miss", id="has-to-be-better"),
            pytest.param({"at_most_vs_live": 0.005}, "0.855", "pass", id="exactly-as-much-more"),
            pytest.param({"at_most_vs_live": 0.005}, "0.86", "miss", id="too-much-more"),
        ],
    )
    def test_the_difference_is_as_written(
        self, rule: dict[str, Any], auc: str, verdict: str
    ) -> None:
        found = judged(bar(**rule), report_with(auc), kept(report_with("0.85")))
        assert (found.verdict, found.live_value) == (verdict, 0.85)

    @pytest.mark.parametrize(
        "live",
        [
            pytest.param({}, id="nothing-known"),
            pytest.param({"bias": {"document": {"auc": 1}}}, id="another-report"),
            pytest.param({"model_quality": {}}, id="empty"),
            pytest.param({"model_quality": None}, id="null"),
            pytest.param({"model_quality": {"document": {}, "values": {}}}, id="no-metric"),
            pytest.param({"model_quality": {"values": {AUC: "0.9"}}}, id="text"),
        ],
    )
    def test_an_unknown_live_metric_is_no_verdict(self, live: dict[str, Any]) -> None:
        found = judged(bar(at_least_vs_live=0), report_with("0.9"), live)
        assert (found.verdict, found.value) == ("no_verdict", 0.9)
        assert "its value for the live package is unknown" in found.sentence

    def test_a_metric_in_a_list_is_remembered_for_the_bars_on_it(self) -> None:
        listed = bar("metrics[?name=='auc'].value | [0]", at_least_vs_live=0)
        report = Document({"metrics": [{"name": "auc", "value": 0.9}]}, "d")
        assert judged(listed, report, kept(report, listed)).live_value == 0.9

    def test_a_bar_made_later_finds_its_metric_in_what_was_kept(self) -> None:
        report = report_with('{"value": 0.9, "standard_deviation": "NaN"}')
        assert judged(bar(at_least_vs_live=0), report, kept(report)).live_value == 0.9


@pytest.mark.parametrize(
    ("rule", "auc", "sentence"),
    [
        ({"at_least": 0.85}, "0.8499999999", "is 0.8499999999, which is not at least 0.85"),
        ({"at_most": 7}, "7.0", "is 7, which is at most 7"),
        (
            {"at_least_vs_live": -0.005},
            "0.845",
            "is 0.845 and live's is 0.85; the difference is -0.005, which is at least -0.005",
        ),
    ],
)
def test_a_result_says_every_digit_that_decides(
    rule: dict[str, Any], auc: str, sentence: str
) -> None:
    found = judged(bar(**rule), report_with(auc), kept(report_with("0.85")))
    assert found.sentence == f"{AUC} {sentence}"


@pytest.mark.parametrize(
    ("aucs", "verdict"),
    [
        pytest.param([], "pass", id="no-bars"),
        pytest.param(["0.9", "0.9"], "pass", id="all-pass"),
        pytest.param(["0.9", "0.1"], "miss", id="one-misses"),
        pytest.param(["0.9", None], "no_verdict", id="one-unknown"),
        pytest.param(["0.1", None], "miss", id="a-miss-decides"),
    ],
)
def test_all_bars_together(aucs: list[str | None], verdict: str) -> None:
    reports = [Unreadable("late") if auc is None else report_with(auc) for auc in aucs]
    assert overall(judged(bar(), report) for report in reports) == verdict


@pytest.mark.parametrize("metric", ["auc", "to_number(auc)", "to_string(auc)", "[auc][0]"])
def test_a_metric_that_is_given_twice_is_a_miss(metric: str) -> None:
    """Its last value would pass; a policy with a key given twice is refused, too."""
    report = parse_report('{"auc": 0.1, "fpr": 0.05, "auc": 0.99}', "d")
    assert judged(bar(metric, at_least=0.8), report).verdict == "miss"
    assert judged(bar("fpr", at_most=0.1), report).verdict == "pass"


def test_it_is_said_that_it_is_given_twice() -> None:
    report = parse_report('{"auc": 0.1, "auc": 0.99}', "d")
    assert "auc appears twice" in judged(bar("auc", at_least=0.8), report).sentence


def test_what_lies_below_a_key_that_is_given_twice_is_a_miss() -> None:
    report = parse_report('{"m": {"auc": 0.1}, "m": {"auc": 0.99}}', "d")
    assert judged(bar("m.auc", at_least=0.8), report).verdict == "miss"


def test_pruning_keeps_finite_numbers_in_nested_objects() -> None:
    document = {
        "auc": {"value": 0.9, "standard_deviation": "NaN", "ok": True, "none": None},
        "curve": {"points": [1, 2, 3]},
        "n": 3,
        "bad": math.inf,
    }
    assert prune(document) == {"auc": {"value": 0.9}, "n": 3.0}


def test_figures_beyond_the_ledgers_numbers_are_kept_as_nothing_or_not_at_all() -> None:
    document = {"p": 1e-200, "loss": 1e200, "n": -5e-324}
    report = Document(document, "d")
    assert prune(document) == {"p": 0.0, "n": 0.0}
    assert kept(report, bar("p"), bar("loss"))["model_quality"]["values"] == {"p": 0.0}


@pytest.mark.parametrize("document", [None, 3, "text", [1, 2], {"a": [1]}, {"a": {"b": {}}}])
def test_pruning_what_has_no_numbers_leaves_nothing(document: object) -> None:
    assert prune(document) == {}


def test_pruning_what_is_too_large_keeps_the_upper_levels() -> None:
    wide = {"auc": 0.9, "rows": {str(n): {"loss": n} for n in range(2000)}}
    assert prune(wide) == {"auc": 0.9}
    assert prune({str(n): n for n in range(2000)}) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["auc", "value", "binary_classification_metrics"]), inner)
    ),
    max_leaves=15,
)


@given(JSON, st.floats(allow_nan=False, allow_infinity=False), st.none() | JSON)
def test_any_report_gives_a_verdict_that_its_value_bears_out(
    content: object, threshold: float, live: object
) -> None:
    report = parse_report(json.dumps(content), "d")
    found = judged(bar(at_least=threshold), report)
    passes = found.value is not None and found.value >= threshold
    assert (found.verdict == "pass") == passes
    assert found.value is None or math.isfinite(found.value)
    compared = judged(bar(at_least_vs_live=threshold), report, {"model_quality": live})
    assert compared.verdict in ("pass", "miss", "no_verdict")


@given(JSON)
def test_what_is_kept_is_small_and_only_numbers(content: object) -> None:
    pruned = prune(content)
    assert len(json.dumps(pruned, allow_nan=False)) <= KEPT_BYTES
    assert prune(pruned) == pruned


@given(st.text(max_size=20), JSON)
def test_any_expression_that_compiles_has_an_answer(expression: str, content: object) -> None:
    try:
        one = bar(expression)
    except ValueError:
        return
    assert judged(one, Document(content, "d")).verdict in ("pass", "miss")
