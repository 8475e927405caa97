"""Histories draw policies that people may write."""

import json

import pytest

from penstock.domain.policy.policy import parse_policy
from tests.soak.account import ENDPOINTS
from tests.soak.policies import STRATEGIES, drawn

NUMBERS = range(400)


@pytest.mark.parametrize("group", ENDPOINTS)
def test_every_policy_that_is_drawn_is_one(group: str) -> None:
    for number in NUMBERS:
        said, document = drawn(group, number)
        assert parse_policy(json.dumps(document), said).endpoint == ENDPOINTS[group]


def test_every_strategy_is_drawn() -> None:
    said = {drawn("churn", number)[0] for number in NUMBERS}
    assert {name for name in STRATEGIES if any(each.startswith(name) for each in said)} == set(
        STRATEGIES
    )
