"""Metric math, as the guide's "Using metric math" states it."""

from collections.abc import Sequence

import pytest
from moto.cloudwatch.exceptions import ValidationError

from twin.cloudwatch.metric_math import Scope, parse
from twin.cloudwatch.metric_store import Points
from twin.core.hooks import NotSupportedByTwin

MOMENTS = (0, 60, 120, 180, 240)


def series(*values: float | None) -> Points:
    pairs = zip(MOMENTS, values, strict=False)
    return {at: value for at, value in pairs if value is not None}


METRICS = {
    "m1": series(30, 20, 0, 0),
    "m2": series(20, None, 20, None),
    "c": series(1, 1, 0, 0, None),
    "t": series(30, None, 0, 0, 30),
    "f": series(0, 0, 20, None, 20),
    "empty": series(),
    "negative": series(-2, 3),
}


def value(expression: str) -> Points:
    return parse(expression).points(Scope(METRICS, MOMENTS))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 < m2", [0, 0, 1, 0]),
        ("m1 >= 30", [1, 0, 0, 0]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
        ("m1 > 15 && m2 > 15 || m1 == 0", [1, 0, 1, 1]),
        ("m1 != 0 OR m2 != 20", [1, 1, 0, 0]),
        ("IF(c, t, f)", [30, 0, 20, None, None]),
        ("IF(c, 5, f)", [5, 5, 20, None, None]),
        ("IF(c, t, 5)", [30, 0, 5, 5, 5]),
        ("IF(c, t)", [30, 0, None, None, None]),
        ("IF(1, m1, m2)", [30, 20, 0, 0]),
        ("IF(0, m1)", []),
    ],
)
def test_examples_of_the_guide(expression: str, expected: Sequence[float | None]) -> None:
    assert value(expression) == series(*expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("m1 + m2", [50, 20, 20, 0], id="missing-counts-as-zero"),
        pytest.param("m1 / m2", [1.5, None, 0, None], id="division-by-zero-is-dropped"),
        pytest.param("m1 / (m1 - 30)", [None, -2, 0, 0], id="in-brackets-too"),
        pytest.param("10 - m2 * 2", [-30, None, -30, None], id="multiplication-first"),
        pytest.param("m1 - 10 - 5", [15, 5, -15, -15], id="from-the-left"),
        pytest.param("m2 ^ 2", [400, None, 400, None], id="power"),
        pytest.param("-m1 ^ 2", [-900, -400, 0, 0], id="minus-after-power"),
        pytest.param("m1 - AVG(m1)", [17.5, 7.5, -12.5, -12.5], id="average-is-a-number"),
        pytest.param("m1 * 1.5", [45, 30, 0, 0], id="decimals"),
        pytest.param("ABS(negative)", [2, 3], id="abs"),
        pytest.param("SUM([m1, m2])", [50, 20, 20, 0], id="sum-of-several"),
        pytest.param("AVG([m1, m2])", [25, 10, 10, 0], id="average-counts-missing-as-zero"),
        pytest.param("MAX([m1, m2])", [30, 20, 20, 0], id="max"),
        pytest.param("MIN([m1, m2])", [20, 20, 0, 0], id="min"),
        pytest.param("SUM(100 / [m1, m2])", [25 / 3, 5, 5, None], id="number-and-array"),
        pytest.param("m1 / SUM(empty)", [], id="a-number-of-no-data-is-none"),
        pytest.param("FILL(m2, 7)", [20, 7, 20, 7, 7], id="fill-reaches-the-newest"),
        pytest.param("FILL(m2, MIN(m1))", [20, 0, 20, 0, 0], id="fill-with-a-result"),
        pytest.param("FILL(m2, m1)", [20, 20, 20, 0, None], id="fill-with-a-series"),
        pytest.param("FILL(m2, REPEAT)", [20, 20, 20, 20, 20], id="repeat"),
        pytest.param("IF(m1 >= 20, m2 / m1, 0)", [2 / 3, 0, 0, 0], id="share-above-a-minimum"),
    ],
)
def test_arithmetic(expression: str, expected: Sequence[float | None]) -> None:
    assert value(expression) == pytest.approx(series(*expected))


@pytest.mark.parametrize(
    "expression",
    [
        "CEIL(m1)",
        "RATE(m1)",
        "METRICS()",
        'SUM(METRICS("errors"))',
        "SEARCH('{AWS/SageMaker}', 'Sum')",
        "SELECT AVG(x)",
        "FILL(m1, LINEAR)",
        "[m1, m2]",
        "ANOMALY_DETECTION_BAND(m1)",
    ],
)
def test_what_the_twin_does_not_know_is_refused(expression: str) -> None:
    with pytest.raises(NotSupportedByTwin):
        value(expression)


@pytest.mark.parametrize(
    "expression",
    ["", "m1 +", "m1 m2", "(m1", "m1)", "m1 ** 2", "m1 % 2", "IF(m1)", "SUM(m1, m2)", "ABS(1)"],
)
def test_bad_syntax_is_an_error(expression: str) -> None:
    with pytest.raises(ValidationError):
        value(expression)


@pytest.mark.parametrize("expression", ["1", "SUM(m1)", "1 + 2", "IF(1, 2, 3)", "IF(1, m1, 3)"])
def test_the_result_must_be_a_time_series(expression: str) -> None:
    with pytest.raises(ValidationError):
        value(expression)
