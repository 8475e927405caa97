"""Reports as people write them, metrics as they name them: only finite numbers count."""

from typing import Any

import pytest
from pydantic import ValidationError

from penstock.domain.policy.approval import Bar
from penstock.domain.reviewing.bars import judge_bars
from penstock.domain.reviewing.reports import parse_report
from tests.field.desk import case


@pytest.mark.parametrize("each", case("evaluation_reports")["reports"], ids=lambda each: each["is"])
def test_a_report_gives_a_verdict_and_a_reason(each: dict[str, Any]) -> None:
    bar = Bar(metric=each["metric"], at_least=0.8)
    (result,) = judge_bars([bar], {"model_quality": parse_report(each["text"], "d")}, None)
    assert result.verdict == each["verdict"]
    assert result.sentence.startswith(f"{each['metric']} ")


@pytest.mark.parametrize("each", case("names_of_metrics")["names"], ids=lambda each: each["metric"])
def test_a_name_that_needs_quotes_is_refused_with_the_way_to_write_it(each: dict[str, Any]) -> None:
    if each["refused"]:
        with pytest.raises(ValidationError, match="needs double quotes inside the string"):
            Bar(metric=each["metric"], at_least=0.8)
    else:
        name = each["metric"].rpartition('"metrics.')[2].split('"')[1]
        report = f'{{"{name}": 0.9, "metrics": {{"{name}": 0.9}}}}'
        bar = Bar(metric=each["metric"], at_least=0.8)
        (result,) = judge_bars([bar], {"model_quality": parse_report(report, "d")}, None)
        assert result.verdict == "pass"
