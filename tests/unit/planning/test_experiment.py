"""An A/B test in a plan: its stages, what it costs, and what its history cannot hold."""

from typing import Any

import pytest

from penstock.domain.errors import Refused
from penstock.domain.judging.demand import Demand
from penstock.domain.judging.goal.conclusion import longest_minutes
from penstock.domain.judging.goal.outlook import LiveOutcomes
from penstock.domain.judging.looks import long_look_hours, look_seconds, watch_seconds
from penstock.domain.kinds.series import Fleet
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning.aims import outcome_question
from penstock.domain.planning.budget import HISTORY_LIMIT
from penstock.domain.planning.known import Known
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from tests.worlds.goals import GOAL, REVENUE
from tests.worlds.setups import live, package, policy

BUSY = Demand(600, {"errors": 0.001})
HELD = PROMOTE - 1
SEEN = Known(BUSY, outcomes=LiveOutcomes(200, 0.1, 0.09))
DAY = 24 * 60


def planned(
    known: Known = SEEN,
    serving: dict[str, Any] | None = None,
    judge: dict[str, Any] | None = None,
    found: int = 2,
    **rollout: Any,
) -> Plan:
    sections: dict[str, Any] = {"rollout": {"strategy": "ab", "goal": GOAL, **rollout}}
    sections |= {"serving": serving} if serving else {}
    drawn = policy(**sections, judge=judge or {})
    return draw_plan(drawn, package(), "0123456789", live(found) if found else None, known)


def shares(plan: Plan) -> list[tuple[int, float]]:
    return [(stage.step, stage.percent) for stage in plan.stages]


def test_after_its_steps_the_share_is_held_until_the_goal_decides() -> None:
    plan = planned(steps=[5, 20], hold_minutes=0)
    assert shares(plan) == [(STAGE, 0), (SHIFT, 5), (SHIFT + 1, 20), (HELD, 50), (PROMOTE, 100)]
    assert [stage.asks for stage in plan.stages] == [(), (), (), ("goal",), ()]
    held = plan.stages[3]
    assert held.says == "50 % of the requests until conversion decides, at most 14 days"
    assert held.compared
    assert held.rules.doubtful_until > 14 * DAY


def test_only_the_held_share_asks_for_a_proof() -> None:
    plan = planned(steps=[5, 20])
    assert [s.percent for s in plan.stages if s.rules.prove] == [50]
    assert not any(s.rules.prove for s in planned(steps=[5, 20], prove=False).stages)


@pytest.mark.parametrize(("share", "steps"), [(50, [5, 25]), (25, [5, 25]), (10, [5]), (3, [])])
def test_steps_that_are_left_open_end_at_the_share(share: float, steps: list[float]) -> None:
    busy = planned(share=share)
    (ramp,) = [stage for stage in busy.stages if stage.ramp]
    assert ramp.top_percent == share
    assert busy.judge_settings.top == share / 100
    quiet = planned(Known(), share=share, hold_minutes=0)
    assert [s.percent for s in quiet.stages[1:-2]] == steps
    assert quiet.stages[-2].percent == share


@pytest.mark.parametrize(("share", "candidates"), [(50, 3), (20, 1)])
def test_the_candidate_has_instances_for_its_share(share: float, candidates: int) -> None:
    assert planned(share=share, found=4).candidate_instances == candidates


def test_too_few_instances_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        planned(serving={"candidate_instance_count": 1}, found=4, share=50, steps=[5])
    assert str(refused.value) == (
        "serving.candidate_instance_count is 1, but in the experiment the candidate carries 50 % "
        "of the requests: beside 4 instances it needs 2"
    )


def test_the_notes_say_how_long_and_at_what_cost() -> None:
    notes = planned(on_newer="queue").notes
    (said,) = [note for note in notes if "is found within" in note]
    assert said.startswith(
        "conversion of live was 0.1 of 200 requests a minute: a difference of 0.01 is found within "
    )
    assert said.endswith(" in 80 % of them")
    assert any("up to 28 instance days more than a promotion at once" in note for note in notes)
    assert any("are read 65 minutes after their minute" in note for note in notes)
    assert not any("on_newer" in note for note in notes)
    assert any("with on_newer: queue it waits" in note for note in planned().notes)


def test_what_cannot_be_found_in_time_is_said() -> None:
    rare = LiveOutcomes(1, 0.1, 0.09)
    notes = planned(Known(BUSY, outcomes=rare), max_days=2).notes
    (said,) = [note for note in notes if "max_days is 2" in note]
    assert "a least_effect of about 0." in said


def test_without_outcomes_nobody_knows_how_long_it_takes() -> None:
    assert (
        "no outcome of conversion was seen of live in the last day, so nobody knows how long the "
        "experiment takes; 14 days at most"
    ) in planned(Known(BUSY)).notes


def test_a_first_release_is_no_experiment() -> None:
    plan = planned(found=0)
    assert shares(plan) == [(PROMOTE, 100)]
    assert "the first release is no experiment: there is no previous model" in plan.notes


@pytest.mark.parametrize("steps", [{"steps": "adaptive"}, {"steps": [5, 25]}, {}])
@pytest.mark.parametrize("days", [1, 7, 14, 30, 60])
def test_the_longest_experiment_fits_one_execution(days: int, steps: dict[str, Any]) -> None:
    plan = planned(max_days=days, goal={**GOAL, "delay_minutes": 2880}, **steps)
    assert plan.history_events <= HISTORY_LIMIT
    assert plan.most_minutes <= 100 * DAY


def test_max_days_that_the_history_cannot_hold_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        planned(steps="adaptive", max_days=60, judge={"deadline_minutes": 1000})
    assert "history events, more than 20000" in str(refused.value)
    assert str(refused.value).endswith("or a shorter deadline, or a smaller max_days")


@pytest.mark.parametrize(("days", "hours"), [(1, 1), (7, 1), (8, 2), (14, 2), (30, 5), (60, 9)])
def test_a_longer_experiment_looks_more_rarely(days: int, hours: int) -> None:
    assert long_look_hours(longest_minutes(days, 60)) == hours
    assert look_seconds(0, 239 * 60_000, hours) == 300
    assert look_seconds(0, 240 * 60_000, hours) == 3600 * hours
    held = planned(max_days=days, steps=[5]).stages[-2]
    assert watch_seconds(held.rules, 0, DAY * 60_000) == 3600 * hours


def test_of_a_value_the_least_and_the_largest_outcome_are_read_too() -> None:
    for goal, statistics in (
        (GOAL, {"SampleCount", "Sum"}),
        (REVENUE, {"SampleCount", "Sum", "Minimum", "Maximum"}),
    ):
        section = policy(rollout={"strategy": "ab", "goal": goal}).rollout.goal
        assert section
        asked = outcome_question(section, Fleet("churn", "churn-7", "live"), 1, 2)
        assert {each.statistic for each in asked.statistics} == statistics
        assert {each.dimensions for each in asked.statistics} == {
            (("Endpoint", "churn"), ("Variant", name)) for name in ("live", "candidate")
        }
