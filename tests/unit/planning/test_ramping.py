"""How a release that chooses its shares begins, and what is known of its chances."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand, demand
from penstock.domain.judging.judge_settings import MOST_MOVES, MOST_RAISES, PARTS
from penstock.domain.judging.readings import Datapoints, Reading
from penstock.domain.ledger.gate import PROMOTE, SHIFT
from penstock.domain.planning.budget import (
    EVENTS_PER_TASK,
    HISTORY_LIMIT,
    POLLS_PER_SHIFT,
)
from penstock.domain.planning.comparison_settings import LEAST_MOVE
from penstock.domain.planning.known import Known
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.setups import live, package, policy

BUSY = Demand(600, {"errors": 0.001})


def planned(
    found: Demand | None = BUSY, judge: dict[str, Any] | None = None, **rollout: Any
) -> Plan:
    drawn = policy(rollout={"steps": "adaptive", **rollout}, judge=judge or {})
    return draw_plan(drawn, package(), "0123456789", live(), Known(found))


def readings(*shown: Datapoints) -> list[Reading]:
    return [Reading(number, {"errors": each}) for number, each in enumerate(shown)]


def test_it_stages_climbs_and_promotes() -> None:
    stages = planned().stages
    assert [(s.act, s.step, s.ramp) for s in stages[1:]] == [
        ("shift", SHIFT, True),
        ("promote", PROMOTE, False),
    ]


@pytest.mark.parametrize(
    ("requests_per_minute", "percent"),
    [(60_000, 0.01), (6000, 0.05), (600, 0.52), (60, 5.23), (2, 12.5)],
)
def test_the_first_share_is_what_the_budget_allows(
    requests_per_minute: float, percent: float
) -> None:
    assert planned(Demand(requests_per_minute, {"errors": 0})).stages[1].percent == percent


def test_of_unknown_traffic_the_least_share_is_tried_and_people_are_told() -> None:
    plan = planned(None)
    assert plan.stages[1].percent == 100 / PARTS
    assert any("no request was seen" in note for note in plan.notes)


def test_margins_that_the_traffic_cannot_prove_are_told() -> None:
    plan = planned(Demand(2, {"errors": 0.001}), {"on_inconclusive": "roll_back"})
    (note,) = [note for note in plan.notes if "cannot be proven" in note]
    assert note.endswith("then on_inconclusive decides (roll_back)")


def test_a_ramp_that_could_prove_nothing_is_refused() -> None:
    """So few answers that only live's median is known, which nobody has to prove."""
    drawn = policy(rollout={"steps": "adaptive"}, judge={"signals": ["latency_quantiles"]})
    median = Known(Demand(1, {}), {"latency@p50": 41.0})
    with pytest.raises(Refused) as refused:
        draw_plan(drawn, package(), "0123456789", live(), median)
    assert str(refused.value) == (
        "adaptive steps could prove nothing: live answered too few requests within the last hour "
        "to know the quantiles of its latency; add errors to judge.signals"
    )


def test_margins_that_it_can_prove_are_no_news() -> None:
    assert not any("proven" in note for note in planned().notes)


def test_the_candidate_gets_the_instances_that_half_of_the_requests_need() -> None:
    assert planned().candidate_instances == 2
    assert (
        draw_plan(
            policy(rollout={"steps": "adaptive"}), package(), "0123456789", live(10), Known(BUSY)
        ).candidate_instances
        == 7
    )


@pytest.mark.parametrize(
    ("rollout", "minutes"), [({}, 3), ({"hold_minutes": 30}, 33), ({"step_minutes": 20}, 20)]
)
def test_the_last_share_lasts_its_step_and_a_hold_that_is_asked_for(
    rollout: dict[str, Any], minutes: int
) -> None:
    plan = planned(**rollout)
    assert plan.stages[1].rules.minutes == plan.judge_settings.bake == minutes


def test_the_default_policy_with_adaptive_steps_fits_into_one_execution() -> None:
    assert planned().history_events <= HISTORY_LIMIT


def test_the_budget_counts_the_tasks_of_every_share() -> None:
    single = planned(None).model_copy(update={"stages": ()})
    fixed = draw_plan(policy(rollout={"steps": [50]}), package(), "0123456789", live())
    tasks = (MOST_MOVES - 1) * (POLLS_PER_SHIFT + 1) * EVENTS_PER_TASK
    assert single.history_events > fixed.history_events - 2 * EVENTS_PER_TASK + tasks


def test_a_ramp_has_no_more_shares_than_are_budgeted_and_numbered() -> None:
    share, shares = 1 / PARTS, 1
    while share < 0.5:
        share, shares = share * LEAST_MOVE, shares + 1
    assert shares + 1 <= MOST_RAISES < MOST_MOVES <= PROMOTE - SHIFT


def test_a_first_release_has_nothing_to_climb_beside() -> None:
    drawn = policy(rollout={"steps": "adaptive"})
    plan = draw_plan(drawn, package(), "0123456789", None)
    assert [stage.act for stage in plan.stages] == ["promote"]


def test_demand_is_the_mean_of_the_minutes_that_had_requests() -> None:
    found = demand(readings(Datapoints(100, 1), Datapoints(), Datapoints(300, 3)), ["errors"])
    assert found == Demand(200, {"errors": 0.01})


def test_no_request_is_no_demand() -> None:
    assert demand(readings(Datapoints(), Datapoints()), ["errors"]) is None


@pytest.mark.parametrize(("requests_per_minute", "told"), [(6000, False), (60_000, True)])
def test_a_least_share_that_risks_more_than_the_budget_is_told(
    requests_per_minute: float, told: bool
) -> None:
    plan = planned(Demand(requests_per_minute, {"errors": 0.001}))
    assert any("about 21 requests at risk" in note for note in plan.notes) is told
