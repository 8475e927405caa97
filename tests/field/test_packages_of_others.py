"""Packages without a group, of the Marketplace, of elsewhere: a sentence each, and no crash."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.reviewing.package import parse_package_arn
from tests.field.desk import HOME, Desk, case

FOUND = case("packages_of_others")


@pytest.mark.parametrize("each", FOUND["refused"], ids=lambda each: each["arn"].split(":", 3)[3])
def test_it_is_refused_and_passed_over_by_the_review(each: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        parse_package_arn(each["arn"], HOME)
    assert each["says"] in str(refused.value)
    desk = Desk(case("specification_added_later"))
    assert desk.reviewer.review(each["arn"]).outcome == "ignored"
    assert desk.announcer.said == []


@pytest.mark.parametrize("arn", FOUND["accepted"])
def test_capitals_in_the_group_are_fine(arn: str) -> None:
    assert parse_package_arn(arn, HOME).name == "Churn-EU"
