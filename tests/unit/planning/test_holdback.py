"""A holdback is the last share before the promotion, and its plan says what it costs."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.judge_settings import MOST_MOVES
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning.budget import HISTORY_LIMIT
from penstock.domain.planning.known import Known
from penstock.domain.planning.legs import legs, legs_of
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.section import WEEK
from tests.worlds.setups import STEPS, live, package, policy

BUSY = Demand(600, {"errors": 0.001})
HELD = PROMOTE - 1
WITH_OBJECTIVE = {"latency_objective_ms": 100, "signals": ["errors", "latency"]}


def planned(
    found: LiveSetup | None = None, serving: dict[str, Any] | None = None, **rollout: Any
) -> Plan:
    steps = {} if "strategy" in rollout else {"steps": STEPS}
    sections: dict[str, Any] = {"rollout": {"holdback_percent": 5} | steps | rollout}
    sections |= {"serving": serving} if serving else {}
    drawn = policy(judge=WITH_OBJECTIVE, **sections)
    return draw_plan(drawn, package(), "0123456789", found or live(), Known(BUSY))


def shares(plan: Plan) -> list[tuple[int, float, int]]:
    return [(s.step, s.percent, s.rules.minutes) for s in plan.stages]


def test_after_its_steps_a_canary_leaves_a_part_on_live() -> None:
    assert shares(planned(steps=[5, 50])) == [
        (STAGE, 0, 3),
        (SHIFT, 5, 10),
        (SHIFT + 1, 50, 10),
        (SHIFT + 2, 50, 30),
        (HELD, 95, 120),
        (PROMOTE, 100, 10),
    ]


def test_after_its_ramp_an_adaptive_release_does_too() -> None:
    plan = planned(steps="adaptive", holdback_percent=12.5, holdback_minutes=60)
    assert shares(plan) == [
        (STAGE, 0, 3),
        (SHIFT, 0.52, 3),
        (HELD, 87.5, 60),
        (PROMOTE, 100, 10),
    ]
    assert [stage.ramp for stage in plan.stages] == [False, True, False, False]


def test_linear_steps_end_in_one_as_well() -> None:
    plan = planned(strategy="linear", increment=40, hold_minutes=0)
    assert shares(plan)[1:] == [
        (SHIFT, 40, 10),
        (SHIFT + 1, 80, 10),
        (HELD, 95, 120),
        (PROMOTE, 100, 10),
    ]


def test_it_is_judged_like_any_other_share_and_no_share_of_a_ramp() -> None:
    plan = planned(steps="adaptive")
    _, ramp, held, _ = plan.stages
    assert (held.act, held.compared, held.watched) == (ramp.act, ramp.compared, ramp.watched)
    assert held.rules == ramp.rules.model_copy(update={"minutes": 120})
    assert held.raises
    assert not any((held.swaps, held.final, held.ramp))
    assert held.content.weights == {"AllTraffic": 500, "candidate": 9500}
    assert held.says == "holdback: 95 % of the requests for 120 minutes, 5 % stay on AllTraffic"


def test_no_share_of_a_ramp_reaches_its_step() -> None:
    assert SHIFT + MOST_MOVES < HELD < PROMOTE


def test_it_is_one_of_the_sixty_steps() -> None:
    steps: dict[str, Any] = {"step_minutes": 1, "hold_minutes": 0}
    quick = policy(
        judge={"deadline_minutes": 1, "wait_hours": 1},
        rollout={"holdback_percent": 5, "steps": [n + 1 for n in range(59)], **steps},
    )
    plan = draw_plan(quick, package(), "0123456789", live())
    assert [stage.step for stage in plan.stages[1:]] == [*range(SHIFT, PROMOTE), PROMOTE]
    with pytest.raises(Refused, match="at most 60 steps, the hold and the holdback included"):
        planned(steps=[n + 1 for n in range(60)], **steps)


@pytest.mark.parametrize("steps", [[5, 25, 50], "adaptive"])
def test_a_week_of_it_fits_into_one_execution_with_every_default(steps: object) -> None:
    plan = planned(steps=steps, holdback_minutes=WEEK)
    assert plan.history_events <= HISTORY_LIMIT
    assert plan.least_minutes > WEEK


@pytest.mark.parametrize(("floor", "candidates"), [(1, 2), (2, 3), (4, 5), (10, 12)])
def test_the_candidate_has_the_instances_for_nearly_everything(floor: int, candidates: int) -> None:
    plan = planned(live(floor))
    assert plan.candidate_instances == candidates
    assert plan.peak_instances == 2 * floor + candidates


@pytest.mark.parametrize(("floor", "least"), [(2, 2), (5, 4), (10, 8)])
def test_fewer_instances_than_can_carry_it_are_refused(floor: int, least: int) -> None:
    assert planned(live(floor), {"candidate_instance_count": least}).candidate_instances == least
    with pytest.raises(Refused) as refused:
        planned(live(floor), {"candidate_instance_count": least - 1})
    assert str(refused.value) == (
        f"serving.candidate_instance_count is {least - 1}, but with a holdback the candidate "
        f"carries 95 % of the requests: beside {floor} instances it needs {least}"
    )


def test_the_plan_says_what_it_costs_and_what_a_newer_approval_does() -> None:
    assert planned().notes == (
        "the holdback keeps 5 % of the requests on AllTraffic for 120 minutes: both fleets run "
        "(AllTraffic 2, candidate 3 instances), 6 instance hours more than a promotion at once",
        "a newer approval during the holdback rolls this release back (on_newer: supersede); "
        "with on_newer: queue it waits",
    )
    assert len(planned(on_newer="queue").notes) == 1


@pytest.mark.parametrize("scale_in", ["on", "suspended"])
def test_a_fleet_that_scales_is_told_that_it_does_not_meanwhile(scale_in: str) -> None:
    found = live().model_copy(update={"scale_in": scale_in})
    assert (
        "AllTraffic keeps its instances during the holdback and the candidate's 3 do not scale: "
        "set serving.candidate_instance_count for the busiest hour"
    ) in planned(found).notes


def test_a_first_release_has_none_and_says_so() -> None:
    drawn = policy(rollout={"holdback_percent": 5}, judge=WITH_OBJECTIVE)
    plan = draw_plan(drawn, package(), "0123456789", None)
    assert [stage.act for stage in plan.stages] == ["promote"]
    assert plan.notes[-1] == "the first release has no holdback: there is no previous model"


def test_without_one_nothing_is_said_of_it() -> None:
    plan = planned(holdback_percent=0)
    assert HELD not in [stage.step for stage in plan.stages]
    assert not plan.notes


@pytest.mark.parametrize("steps", [[5, 50], "adaptive"])
def test_what_rehearses_a_policy_walks_it(steps: object) -> None:
    plan = planned(steps=steps)
    walked = legs_of(plan.policy, BUSY)
    assert walked == legs(plan.stages)
    assert (walked[-1].share, walked[-1].rules.minutes, walked[-1].ramp) == (0.95, 120, False)
