"""What a policy leaves open of its strata, and the policy with what was found."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.kinds.series import Divided, Fleet
from penstock.domain.planning.comparing import metrics
from penstock.domain.planning.strata import left_open, with_strata
from penstock.domain.policy.policy import Policy, parse_policy

LIVE = Fleet("churn", "churn-7", "old")
OWN: dict[str, Any] = {"name": "checkout", "namespace": "Shop", "metric": "Failed"}
BY_ROUTE = OWN | {"by": "Route"}


def policy(*signals: Any, **rollout: Any) -> Policy:
    document = {
        "endpoint": "churn",
        "approval": {"mode": "manual"},
        "judge": {"signals": ["errors", *signals]},
        "rollout": rollout,
    }
    return parse_policy(json.dumps(document), "test")


def test_a_signal_without_values_is_looked_up_of_live() -> None:
    dimensions = {"Of": "{variant}@{endpoint}", "Config": "{config}"}
    asked = left_open(policy(BY_ROUTE | {"dimensions": dimensions}), LIVE)
    where = (("Of", "old@churn"), ("Config", "churn-7"))
    assert asked == {"checkout": Divided("Shop", "Failed", where, "Route")}


@pytest.mark.parametrize("signal", [OWN, BY_ROUTE | {"values": ["/pay"]}])
def test_what_is_listed_or_not_divided_is_not_looked_up(signal: dict[str, Any]) -> None:
    asked = policy(signal)
    assert left_open(asked, LIVE) == {}
    assert with_strata(asked, {}) == (asked, ())


def test_where_nothing_is_compared_nothing_is_looked_up() -> None:
    assert left_open(policy(BY_ROUTE, strategy="all_at_once"), LIVE) == {}


def test_the_found_values_are_the_policy_s_and_people_are_told() -> None:
    whole, notes = with_strata(policy(BY_ROUTE), {"checkout": ("/", "/pay")})
    assert metrics(whole.judge) == (
        "errors",
        "checkout",
        "checkout[Route=/]",
        "checkout[Route=/pay]",
    )
    assert notes == ("checkout is compared by each Route that CloudWatch lists: /, /pay",)
    assert whole == policy(BY_ROUTE | {"values": ["/", "/pay"]})


def test_without_any_value_the_signal_is_compared_as_a_whole_and_people_are_told() -> None:
    asked = policy(BY_ROUTE)
    whole, notes = with_strata(asked, {"checkout": ()})
    assert (whole, metrics(whole.judge)) == (asked, ("errors", "checkout"))
    assert notes == (
        "checkout is compared as a whole: CloudWatch lists no series of live with the dimension "
        "Route, so it counts what is published without that dimension",
    )


def routes(count: int) -> list[str]:
    return [f"/{number}" for number in range(count)]


def test_as_many_values_as_can_be_compared_are_taken() -> None:
    listed = OWN | {"name": "listed", "by": "Route", "values": routes(20)}
    whole, _ = with_strata(policy(listed, BY_ROUTE), {"checkout": routes(20)})
    assert len(metrics(whole.judge)) == 43


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(
            routes(1234),
            "judge.signals: CloudWatch lists 1,234 values of Route for checkout, and at most 20 "
            "can be compared apart: list those that matter in `values`",
            id="of-one-signal",
        ),
        pytest.param(
            routes(20),
            "judge.signals have 45 values in all, with those that CloudWatch lists, and at most "
            "40 can be compared apart: list those that matter in `values`",
            id="of-all-signals",
        ),
        pytest.param(
            ["/" + 64 * "x"],
            "judge.signals: CloudWatch lists a value of Route for checkout that has 65 "
            "characters, and at most 64 are possible: list those that matter in `values`",
            id="too-long",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_way_out(values: list[str], said: str) -> None:
    listed = [
        OWN | {"name": n, "by": "Route", "values": routes(k)} for n, k in (("a", 20), ("b", 5))
    ]
    with pytest.raises(Refused) as refused:
        with_strata(policy(*listed, BY_ROUTE), {"checkout": values})
    assert str(refused.value) == said
