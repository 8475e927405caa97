"""A custom metric that is compared route by route, by the routes that CloudWatch lists."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import PROMOTED, ROLLED_BACK, ending, row
from tests.end_to_end.shop import BY_ROUTE, ROUTES, Shop

LONGER = {"step_minutes": 10}
JUDGE = {"signals": ["errors", BY_ROUTE]}
LISTED = 20
"""Minutes after which a new series is listed."""


def test_one_route_that_fails_rolls_back_and_the_reason_names_it(bench: Bench) -> None:
    before = bench.live(rollout=LONGER, judge=JUDGE)
    Shop(bench, broken={"/pay"}).open()
    bench.pass_minutes(LISTED)
    execution = bench.released(bench.register())
    assert row(execution) == ROLLED_BACK
    reason = ending(execution)["reason"]
    assert "the candidate is worse than live" in reason
    assert "; of Route /pay: candidate " in reason
    assert not any(f"of Route {route}" in reason for route in ROUTES if route != "/pay")
    assert bench.serving == [before]


def test_where_no_route_fails_it_is_promoted_by_the_routes_that_were_found(bench: Bench) -> None:
    bench.live(rollout=LONGER, judge=JUDGE)
    Shop(bench).open()
    bench.pass_minutes(LISTED)
    package = bench.register()
    assert row(bench.released(package)) == PROMOTED
    plan = bench.last_plan()
    strata = tuple(f"checkout[Route={route}]" for route in sorted(ROUTES))
    assert plan.metrics == ("errors", "checkout", *strata)
    assert (
        "checkout is compared by each Route that CloudWatch lists: /account, /basket, /pay, /search"
        in plan.notes
    )
