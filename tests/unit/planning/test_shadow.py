"""A shadow comes before the stages of any strategy, and its plan says what it needs and costs."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.judging.judgement import OVERLOAD
from penstock.domain.kinds.endpoint import LiveSetup
from penstock.domain.kinds.kind import Contents
from penstock.domain.ledger import naming
from penstock.domain.ledger.content import CANDIDATE, Variants
from penstock.domain.ledger.gate import PROMOTE, SHADOWED, SHIFT, STAGE
from penstock.domain.planning.budget import EVENTS_PER_TASK, HISTORY_LIMIT
from penstock.domain.planning.comparison_settings import judge_settings
from penstock.domain.planning.known import Known
from penstock.domain.planning.legs import legs_of
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.section import WEEK
from penstock.domain.strategies.all_at_once import ALL_AT_ONCE
from penstock.domain.strategies.shadow_stage import shadow_stage
from penstock.domain.strategies.strategy import Draft
from tests.worlds.setups import STEPS, live, package, policy

RELEASE = "0123456789"
CAPTURE = {"percent": 100, "destination_s3_uri": "s3://sagemaker-b/captured"}


def planned(
    found: LiveSetup | None = None, serving: dict[str, Any] | None = None, **rollout: Any
) -> Plan:
    steps = {} if "strategy" in rollout else {"steps": STEPS}
    sections: dict[str, Any] = {"rollout": {"shadow_minutes": 60} | steps | rollout}
    sections |= {"serving": serving} if serving else {}
    return draw_plan(policy(**sections), package(), RELEASE, found or live(4), Known())


def stages(plan: Plan) -> list[tuple[int, float, float, int]]:
    return [(s.step, s.percent, s.copied, s.rules.minutes) for s in plan.stages]


def test_a_canary_has_it_before_its_staging() -> None:
    made = planned(steps=[5], hold_minutes=0)
    assert stages(made) == [
        (SHADOWED, 0, 100, 60),
        (STAGE, 0, 0, 3),
        (SHIFT, 5, 0, 10),
        (PROMOTE, 100, 0, 10),
    ]
    shadow = made.stage(0)
    assert (shadow.act, shadow.swaps, shadow.raises, shadow.final) == ("stage", True, False, False)
    assert shadow.rules.min_requests == 200
    assert shadow.says == (
        "copies of 100 % of the requests for 60 minutes, whose answers nobody gets"
    )
    assert made.stage(1).found == shadow.target


@pytest.mark.parametrize("rollout", [{"strategy": "linear"}, {"strategy": "all_at_once"}])
def test_every_other_strategy_too(rollout: dict[str, Any]) -> None:
    made, without = planned(**rollout), planned(**rollout, shadow_minutes=0)
    assert stages(made)[1:] == stages(without)
    assert made.stages[0].copied == 100


def test_alone_it_is_all_there_is() -> None:
    made = planned(strategy="shadow", shadow_percent=50)
    assert stages(made) == [(SHADOWED, 0, 50, 60)]
    assert made.stages[0].asks == ("over",)
    assert made.candidate_instances == 0
    assert made.final.weights == {"AllTraffic": 10_000}
    assert made.planned.final == made.final
    assert made.planned.passing == (f"churn-shadow-{RELEASE}",)
    assert Plan.model_validate_json(made.text) == made


def test_the_configuration_has_one_production_variant_and_one_shadow() -> None:
    made = planned(serving={"data_capture": CAPTURE}, shadow_percent=25)
    drawn = made.blueprint.shadow
    assert drawn is not None
    (serving,), (shadow,) = drawn["ProductionVariants"], drawn["ShadowProductionVariants"]
    assert drawn["EndpointConfigName"] == f"churn-shadow-{RELEASE}"
    assert (serving["VariantName"], serving["ModelName"]) == ("AllTraffic", "theirs")
    assert serving["InitialVariantWeight"] == 1
    assert (shadow["VariantName"], shadow["ModelName"]) == (CANDIDATE, made.blueprint.model_name)
    assert (shadow["InitialVariantWeight"], shadow["InitialInstanceCount"]) == (0.25, 1)
    assert drawn["DataCaptureConfig"]["InitialSamplingPercentage"] == 100


def test_its_content_is_known_as_one_of_ours() -> None:
    made = planned(shadow_percent=25)
    content = made.stages[0].content
    assert isinstance(content, Variants)
    assert (content.shadows, content.shape) == ({CANDIDATE: 2500}, "restored")
    assert (content.share(CANDIDATE), content.answered(CANDIDATE)) == (0, 0.25)
    assert made.planned.knows("churn", content)
    assert content.staged("churn")
    assert not content.staged("other")
    assert not content.same(content.copying(26))


@given(st.integers(1, 40), st.integers(1, 100))
def test_each_of_its_instances_has_as_many_requests_as_one_of_lives(
    floor: int, percent: int
) -> None:
    made = planned(live(floor), shadow_percent=percent)
    assert made.blueprint.shadow_instances == max(1, math.ceil(floor * percent / 100))


@pytest.mark.parametrize(("count", "percent"), [(3, 100), (1, 60)])
def test_too_few_instances_are_refused(count: int, percent: int) -> None:
    serving = {"candidate_instance_count": count + 1}
    assert planned(serving=serving, shadow_percent=percent).blueprint.shadow_instances == count + 1
    with pytest.raises(Refused, match=f"gets copies of {percent} % of the requests: beside 4 inst"):
        planned(serving={"candidate_instance_count": count}, shadow_percent=percent)
    assert 4 * percent / 100 / count > OVERLOAD


def test_the_plan_says_how_many_instances_run_and_for_how_long() -> None:
    made = planned(shadow_percent=50)
    assert made.candidate_instances == 3
    assert made.peak_instances == 2 * 4 + 2 + 3
    assert planned(strategy="all_at_once").peak_instances == 2 * 4 + 4
    assert (
        "the shadow gets copies of 50 % of the requests for 60 minutes on 2 instances: 2 instance "
        "hours more, and its model does whatever else a request makes it do"
    ) in made.notes


def test_alone_the_plan_says_what_is_not_done() -> None:
    gate = {"at": "before_promotion", "hours": 1}
    rollout = {"strategy": "shadow", "shadow_minutes": 60}
    made = draw_plan(policy(rollout=rollout, gates=[gate]), package(), RELEASE, live())
    assert "nothing is promoted: the release ends observed, or rolled back, and live is kept" in (
        made.notes
    )
    assert any("before_promotion is not reached" in note for note in made.notes)


def test_a_first_release_has_none_and_says_so() -> None:
    rollout = {"strategy": "shadow", "shadow_minutes": 60}
    made = draw_plan(policy(rollout=rollout), package(), RELEASE, None)
    assert [stage.act for stage in made.stages] == ["promote"]
    assert (made.blueprint.shadow, made.final) == (None, made.stages[0].target)
    assert "the first release has no shadow: there are no requests to copy" in made.notes


def test_a_third_swap_is_counted_and_a_week_fits() -> None:
    polls = 2 * 60 * EVENTS_PER_TASK
    assert planned().history_events > planned(shadow_minutes=0).history_events + polls
    assert planned(strategy="shadow", shadow_minutes=WEEK).history_events <= HISTORY_LIMIT


def test_a_kind_without_shadows_refuses_it() -> None:
    drawn = policy(rollout={"strategy": "all_at_once", "shadow_minutes": 60})
    final = planned().final
    contents, settings = Contents("live", staged=final, final=final), judge_settings(drawn)
    found = Draft(drawn.rollout, drawn.judge, settings, contents, None, first=False)
    with pytest.raises(Refused, match="the serving kind has no shadows"):
        shadow_stage(found)


def test_both_comparisons_together_spend_the_chance_of_a_false_rollback_once() -> None:
    one = judge_settings(policy(rollout={"steps": STEPS}))
    two = judge_settings(policy(rollout={"steps": STEPS, "shadow_minutes": 60}))
    alone = judge_settings(policy(rollout={"strategy": "shadow", "shadow_minutes": 60}))
    assert (two.alpha, two.gross_alpha) == (one.alpha / 2, one.gross_alpha / 2)
    assert (alone.alpha, alone.gross_alpha) == (one.alpha, one.gross_alpha)
    assert ALL_AT_ONCE.reads == ()


def test_copies_are_no_share_that_is_rehearsed() -> None:
    rollout = {"steps": [5], "hold_minutes": 0, "shadow_minutes": 60}
    assert [leg.share for leg in legs_of(policy(rollout=rollout))] == [0.05]


@given(st.from_regex(r"\A[a-z](-?[a-z0-9]){0,62}\Z"))
def test_its_name_is_told_from_that_of_other_configurations(endpoint: str) -> None:
    name = naming.shadow_config(endpoint, RELEASE)
    assert len(name) <= naming.LIMIT
    assert naming.is_on_the_way(endpoint, name)
    assert name != naming.staging_config(endpoint, RELEASE)
