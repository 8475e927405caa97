"""Reading metrics out of log lines."""

import json
from typing import Any

import pytest

from twin.cloudwatch.embedded_metrics import InvalidEmbeddedMetric, Point, points


def line(**document: Any) -> str:
    directive = {
        "Namespace": "Shop",
        "Dimensions": [["Kind"], []],
        "Metrics": [{"Name": "Sold", "Unit": "Count"}, {"Name": "Weight"}],
    }
    aws = {"Timestamp": 1_500, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": aws, "Kind": "good", **document})


def test_each_metric_is_published_in_each_set_of_dimensions() -> None:
    assert set(map(str, points(line(Sold=1, Weight=[2.5, 3.5])))) == {
        str(Point("Shop", "Sold", {"Kind": "good"}, 1, 1.5, "Count")),
        str(Point("Shop", "Sold", {}, 1, 1.5, "Count")),
        str(Point("Shop", "Weight", {"Kind": "good"}, 2.5, 1.5, "None")),
        str(Point("Shop", "Weight", {"Kind": "good"}, 3.5, 1.5, "None")),
        str(Point("Shop", "Weight", {}, 2.5, 1.5, "None")),
        str(Point("Shop", "Weight", {}, 3.5, 1.5, "None")),
    }


def test_a_dimension_that_is_no_text_is_an_error() -> None:
    with pytest.raises(InvalidEmbeddedMetric, match=r"Kind is \[1.0\]"):
        list(points(line(Sold=1, Weight=2, Kind=[1.0])))


def test_other_lines_publish_nothing() -> None:
    for text in ("", "hello", '{"level": "INFO"}', 'not json "_aws"'):
        assert list(points(text)) == []
