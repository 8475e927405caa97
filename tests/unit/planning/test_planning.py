"""Any policy on any endpoint gives a plan that can be walked, or a refusal in a sentence."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Refused
from penstock.domain.kinds.endpoint import EndpointView, LiveSetup
from penstock.domain.ledger.content import Variants
from penstock.domain.ledger.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.planning.budget import HISTORY_LIMIT
from penstock.domain.planning.known import Known
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.plan_before import with_meanings
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.policy import Policy
from tests.worlds.setups import DIGEST, endpoints, live, package, policies, policy

RELEASE = "0123456789"
VARIANT = live().config["ProductionVariants"][0]


def plan(found: LiveSetup | None = None, **sections: Any) -> Plan:
    return draw_plan(policy(**sections), package(), RELEASE, found or live())


def drawn(any_policy: Policy, found: LiveSetup | None) -> Plan | None:
    try:
        return draw_plan(any_policy, package(), RELEASE, found)
    except Refused:
        return None


@given(policies(), st.none() | endpoints())
def test_stages_ascend_and_end_in_a_promotion(any_policy: Policy, found: LiveSetup | None) -> None:
    if made := drawn(any_policy, found):
        steps = [stage.step for stage in made.stages]
        assert all(earlier < later for earlier, later in pairwise(steps))
        assert steps[-1] == PROMOTE
        assert [stage.act for stage in made.stages[:-1]] == ["stage", "shift"][: len(steps) - 1] + [
            "shift"
        ] * (len(steps) - 3)
        assert made.stages[-1].act == "promote"
        percents = [stage.percent for stage in made.stages]
        assert percents == sorted(percents)
        assert percents[-1] == 100


@given(policies(), st.none() | endpoints())
def test_every_stage_leads_to_one_of_the_contents_that_the_plan_knows(
    any_policy: Policy, found: LiveSetup | None
) -> None:
    if made := drawn(any_policy, found):
        for stage in made.stages:
            target = stage.content
            assert made.planned.knows("churn", target)
            assert target.name in {made.blueprint.staging_name, made.blueprint.final_name}
            if stage.act != "promote":
                assert math.isclose(100 * target.share("candidate"), stage.percent)
        assert made.final.weights == {made.live_variant: 10_000}


@given(policies(), st.none() | endpoints())
def test_a_plan_is_never_longer_than_an_execution(
    any_policy: Policy, found: LiveSetup | None
) -> None:
    if made := drawn(any_policy, found):
        assert 0 < made.history_events <= HISTORY_LIMIT
        assert made.least_minutes == sum(stage.rules.minutes for stage in made.stages)
        assert made.least_minutes > made.policy.judge.warm_up_minutes


@given(policies(), endpoints())
def test_the_floor_is_what_live_has(any_policy: Policy, found: LiveSetup) -> None:
    """Not the candidate that an earlier release left at weight 0."""
    if made := drawn(any_policy, found):
        floor = found.counts["AllTraffic"]
        assert made.floor == floor
        assert made.peak_instances == 2 * floor + made.candidate_instances


@given(policies(), endpoints())
def test_the_candidate_has_instances_for_its_largest_share(
    any_policy: Policy, found: LiveSetup
) -> None:
    if made := drawn(any_policy, found):
        shares = [Fraction(str(s.percent)) for s in made.stages if s.act == "shift"]
        needed = made.floor * max(shares, default=Fraction(0)) / 100 * Fraction(5, 4)
        given_count = any_policy.serving.candidate_instance_count
        expected = given_count or max(1, math.ceil(needed))
        assert made.candidate_instances == (expected if shares else 0)


@given(policies(), st.none() | endpoints())
def test_a_plan_survives_json(any_policy: Policy, found: LiveSetup | None) -> None:
    if made := drawn(any_policy, found):
        assert Plan.model_validate_json(made.model_dump_json()) == made
        assert Plan.model_validate(made.model_dump(mode="json")) == made


def test_explicit_steps_make_a_canary() -> None:
    made = plan()
    assert [(s.act, s.step, s.percent) for s in made.stages] == [
        ("stage", STAGE, 0),
        ("shift", SHIFT, 5),
        ("shift", SHIFT + 1, 25),
        ("shift", SHIFT + 2, 50),
        ("shift", SHIFT + 3, 50),
        ("promote", PROMOTE, 100),
    ]
    assert [s.rules.minutes for s in made.stages] == [3, 10, 10, 10, 30, 10]
    assert made.candidate_instances == 2
    assert made.images == ((DIGEST,),)
    assert not made.first


def test_a_first_release_only_creates_the_endpoint() -> None:
    serving = {"execution_role_arn": "arn:aws:iam::123456789012:role/r", "instance_count": 3}
    made = draw_plan(
        policy(serving=serving | {"instance_type": "ml.m5.large"}), package(), RELEASE, None
    )
    assert [stage.act for stage in made.stages] == ["promote"]
    assert made.stages[0].rules.min_requests == 0
    assert (made.first, made.floor, made.peak_instances) == (True, 3, 3)
    assert made.blueprint.staging is None
    assert any("nothing to go back to" in note for note in made.notes)


def test_without_canary_there_is_nothing_to_share() -> None:
    made = plan(rollout={"strategy": "all_at_once"})
    assert made.own_alarms == ("penstock-churn-errors-live",)
    assert not any(stage.compared for stage in made.stages)


@pytest.mark.parametrize(
    ("found", "sections", "says"),
    [
        (
            live(ProductionVariants=[VARIANT | {"VariantName": "candidate"}]),
            {},
            "the serving variant of churn must not be named candidate",
        ),
        (
            live(),
            {"serving": {"variant_name": "blue"}},
            "serving.variant_name is blue, but churn serves AllTraffic: "
            "alarms and scaling are bound to that name",
        ),
        (
            live().model_copy(update={"scale_in": "on"}),
            {"serving": {"instance_type": "ml.c5.large"}},
            "instance_type cannot change while a scalable target is registered",
        ),
        (
            live(ProductionVariants=[VARIANT | {"CapacityReservationConfig": {"A": "1"}}]),
            {"serving": {"instance_type": "ml.c5.large"}},
            "instance_type cannot change while the variant takes its instances from a capacity "
            "reservation, which holds ml.m5.large",
        ),
        (
            live(),
            {"rollout": {"steps": [n + 1 for n in range(60)]}},
            "a release has at most 60 steps, the hold and the holdback included",
        ),
        (
            live(),
            {"rollout": {"steps": [5, 25, 50], "step_minutes": 10_080}},
            "the release may need 21323 history events, more than 20000; "
            "use fewer or shorter steps, or a shorter deadline",
        ),
    ],
)
def test_what_cannot_be_is_refused(found: LiveSetup, sections: Any, says: str) -> None:
    quick = {"deadline_minutes": 1, "wait_hours": 1}
    with pytest.raises(Refused) as refused:
        plan(found, **({"judge": quick} | sections))
    assert str(refused.value) == says


@pytest.mark.parametrize("missing", ["execution_role_arn", "instance_type"])
def test_a_first_release_needs_role_and_instance_type(missing: str) -> None:
    serving = {
        "execution_role_arn": "arn:aws:iam::123456789012:role/r",
        "instance_type": "ml.m5.large",
    }
    del serving[missing]
    with pytest.raises(Refused) as refused:
        draw_plan(policy(serving=serving), package(), RELEASE, None)
    assert str(refused.value) == f"a first release needs serving.{missing} in the policy"


def test_notes_say_what_is_not_judged_and_who_else_owns() -> None:
    found = live().model_copy(update={"cloudformation_stack": "churn-stack", "scale_in": "on"})
    assert plan(found, judge={"signals": ["errors"]}).notes == (
        "latency is not judged: the policy has no judge.latency_objective_ms",
        "scale-in of AllTraffic is suspended for the release and resumed at its end",
        "the CloudFormation stack churn-stack also manages the endpoint, so it has two owners",
    )
    assert not plan(judge=BY_OBJECTIVE).notes


TOO_FEW = "live answered too few requests within the last hour to know the quantiles of its latency"
LACKING = "the policy has no judge.latency_objective_ms"


@pytest.mark.parametrize(
    ("judge", "values_ms", "notes"),
    [
        ({}, {}, (f"latency is not judged: {TOO_FEW}, and {LACKING}",)),
        (
            {"latency_objective_ms": 100},
            {},
            (f"latency is judged by its objective only: {TOO_FEW}",),
        ),
        (
            {},
            {"latency@p50": 41.0},
            (f"latency is compared with live's, but no alarm watches it: {LACKING}",),
        ),
        ({"latency_objective_ms": 100}, {"latency@p50": 41.0}, ()),
    ],
)
def test_a_note_says_what_latency_is_judged_by(
    judge: dict[str, Any], values_ms: dict[str, float], notes: tuple[str, ...]
) -> None:
    made = draw_plan(policy(judge=judge), package(), RELEASE, live(), Known(values_ms=values_ms))
    assert made.notes == notes
    assert made.judge_settings.values_ms == made.values_ms == values_ms


def test_a_release_that_could_be_judged_by_nothing_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        plan(judge={"signals": ["latency_quantiles"]})
    assert str(refused.value) == f"nothing could be judged: {TOO_FEW}; add errors to judge.signals"
    compared_with_nothing = {"strategy": "all_at_once"}
    assert plan(judge={"signals": ["latency_quantiles"]}, rollout=compared_with_nothing)


BY_OBJECTIVE = {"latency_objective_ms": 100, "signals": ["errors", "latency"]}


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ("ManagedInstanceScaling", "AllTraffic keeps its present instances"),
        ("CapacityReservationConfig", "which must hold peak_instances"),
    ],
)
def test_what_takes_instances_in_another_way_is_noted(member: str, says: str) -> None:
    found = live(ProductionVariants=[VARIANT | {member: {"A": "1"}}])
    (note,) = plan(found, judge=BY_OBJECTIVE).notes
    assert says in note


def test_scale_in_that_its_owner_suspended_is_noted_too() -> None:
    found = live().model_copy(update={"scale_in": "suspended"})
    assert plan(found, judge=BY_OBJECTIVE).notes == (
        "scale-in of AllTraffic is suspended already, and stays suspended",
    )


JUDGE = {"deadline_minutes": 10, "warm_up_minutes": 1}
ONE_STEP = {"steps": [50], "step_minutes": 1, "hold_minutes": 0, "watch_minutes": 5}


@pytest.mark.parametrize(
    ("wait_hours", "waiting", "minutes"), [(1, 60, 81), (24, 2 * (20 + 42) + 1440 / 15, 1461)]
)
def test_the_most_that_a_plan_may_take_is_known_before(
    wait_hours: int, waiting: float, minutes: int
) -> None:
    """17 events a look, 9 a task, 2,000 to go back: all doubts last, and one wait for a person.

    Looks: 1 of the stage, 10 of the share and 10 after it, and those of the wait: after the tenth
    minute 20 a minute and 42 every five minutes, of the share and after it, then every 15. Tasks:
    two swaps of 2 x 60 looks, 8 looks at each of 3 shares, and 3 acts.
    """
    made = plan(judge=JUDGE | {"wait_hours": wait_hours}, rollout=ONE_STEP)
    looks, tasks = 1 + 10 + 10 + waiting + 3, 2 * 2 * 60 + 8 * 3 + 3
    assert made.history_events == looks * 17 + tasks * 9 + 2_000
    assert (made.least_minutes, made.most_minutes) == (1 + 1 + 5, minutes)


def test_no_person_is_waited_for_where_the_policy_decides() -> None:
    made = plan(judge=JUDGE | {"on_inconclusive": "promote"}, rollout=ONE_STEP)
    assert made.most_minutes == 1 + 10 + 10


def test_a_ramp_may_have_twenty_shares_of_thirty_hasty_looks() -> None:
    """Looks: 1 of the stage, 600 + 760 / 5 + 20 of it, 30 + 210 / 5 + 520 / 15 after it, and of the
    wait 30 + 30 / 5 + 60 / 15 and one for each of 3 stages.
    """
    judge = {"deadline_minutes": 760, "warm_up_minutes": 1, "wait_hours": 1}
    looks, tasks = 1 + 772 + 107 + 43, 2 * 2 * 60 + 8 * 22 + 22
    with pytest.raises(Refused, match=f"may need {looks * 17 + tasks * 9 + 2_000} history events"):
        plan(judge=judge, rollout={"steps": "adaptive", "watch_minutes": 5})


@pytest.mark.parametrize(
    ("floor", "share", "candidates"), [(1, 1, 1), (1, 80, 1), (1, 80.01, 2), (4, 80, 4)]
)
def test_the_candidate_has_an_instance_for_every_eighty_percent_of_one_of_lives(
    floor: int, share: float, candidates: int
) -> None:
    """1.25 times live's load is as much as one carries."""
    assert plan(live(floor), rollout={"steps": [share]}).candidate_instances == candidates


def test_sixty_steps_are_as_many_as_there_are_numbers_for() -> None:
    steps = {"steps": [n + 1 for n in range(60)], "step_minutes": 1, "hold_minutes": 0}
    quick = {"deadline_minutes": 1, "wait_hours": 1}
    made = plan(rollout=steps, judge=quick)
    assert [stage.step for stage in made.stages[1:-1]] == list(range(SHIFT, PROMOTE))


def test_a_first_release_without_a_count_has_one_instance() -> None:
    serving = {
        "execution_role_arn": "arn:aws:iam::123456789012:role/r",
        "instance_type": "ml.m5.large",
    }
    made = draw_plan(policy(serving=serving), package(), RELEASE, None)
    assert made.floor == 1
    assert made.blueprint.final["ProductionVariants"][0]["InitialInstanceCount"] == 1


def test_the_alarms_of_a_stage_watch_what_it_is_about() -> None:
    made = plan(judge={"latency_objective_ms": 100})
    stage, *_, promote = made.stages
    for staged, variant, config in (
        (stage, "candidate", made.blueprint.staging_name),
        (promote, "AllTraffic", made.blueprint.final_name),
    ):
        watched = {
            tuple(dict(s.dimensions).values())
            for c in made.checks(staged)
            for s in c.series.values()
        }
        assert watched == {("churn", variant, config)}
        assert made.expected(staged) == tuple(check.name for check in made.checks(staged))


def test_a_variant_that_is_not_there_has_no_instances() -> None:
    content = Variants(config="c", weights={"live": 10_000})
    view = EndpointView(status="InService", content=content, counts={"live": 3})
    assert (view.instances("live"), view.instances("candidate")) == (3, 0)
    busy = view.model_copy(update={"running": {"live": 2}})
    assert busy.instances("live") == 2


@pytest.mark.parametrize(
    "stage", [{"percent": 0}, {"act": "shift"}, {"act": "shift", "percent": "x"}]
)
def test_a_damaged_plan_of_the_version_before_is_left_to_its_validation(stage: object) -> None:
    damaged = {"stages": [stage], "live_variant": "live", "blueprint": {}, "package": "p"}
    assert with_meanings(damaged) == damaged
