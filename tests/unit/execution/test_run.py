"""The document that an execution carries."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from penstock.domain.errors import Incomplete, Refused
from penstock.domain.execution.endings import GAVE_UP, gave_up, says_an_ending
from penstock.domain.execution.progress import Phase, Ramp, RollbackCause, WaitProgress
from penstock.domain.execution.request import parse_request
from penstock.domain.execution.run import Run
from penstock.domain.ledger.place import Key
from penstock.domain.planning.onward import moved, passed
from penstock.domain.planning.plan import Plan
from penstock.domain.planning.planning import draw_plan
from penstock.domain.policy.policy import Policy
from penstock.domain.protocol import Approval, Writer
from tests.worlds.setups import ARN, live, package, policies, policy

START = {"action": "release", "model_package_arn": ARN, "approved_at": 5}


def planned(policy: Policy) -> Plan:
    return draw_plan(policy, package(), "0123456789", live())


def begun(policy: Policy, position: int, **more: Any) -> Run:
    plan = planned(policy)
    position = min(position, len(plan.stages) - 1)
    return Run(
        execution="arn:execution",
        started_at=5,
        request=parse_request(START),
        next=plan.stages[position].act,
        endpoint="churn",
        release="0123456789",
        package=ARN,
        approved_at=5,
        own=Approval("0123456789", ARN, 5),
        planned=plan.planned,
        stage=plan.stage(position),
        position=position,
        **more,
    )


@given(
    policies(),
    st.integers(0, 70),
    st.none() | st.builds(Phase, since=st.integers(), verdict=st.none() | st.text()),
    st.none() | st.builds(WaitProgress, since=st.integers(), tries=st.integers(0, 99)),
    st.none() | st.builds(RollbackCause, kind=st.sampled_from(["halt", "tidy"]), reason=st.text()),
)
def test_it_survives_json_at_every_stage(
    policy: Policy,
    position: int,
    phase: Phase | None,
    waiting: WaitProgress | None,
    why: RollbackCause | None,
) -> None:
    try:
        run = begun(policy, position, phase=phase, waiting=waiting, why=why)
    except Refused:
        return
    text = json.dumps(run.model_dump(mode="json", by_alias=True))
    assert Run.model_validate(json.loads(text)) == run
    assert json.loads(text)["schema"] == 1


@pytest.mark.parametrize(
    "name", ["promoted", "restored", "planned", "nothing_to_do", "rolled_back", "refused"]
)
def test_endings_survive_json(name: Any) -> None:
    run = Run(execution="e", started_at=1, next="claim", endpoint="churn").end(name, "because")
    assert Run.model_validate_json(run.model_dump_json(by_alias=True)) == run
    assert (run.failure is None) == (name not in {"rolled_back", "refused"})


def test_a_document_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    document = {"schema": 1, "execution": "e", "started_at": 1, "next": "claim", "later": 1}
    assert Run.model_validate(document).next == "claim"


@pytest.mark.parametrize("missing", ["plan", "stage", "request", "endpoint"])
def test_what_a_state_may_not_ask_for_yet_is_an_error(missing: str) -> None:
    run = Run(execution="e", started_at=1, next="claim")
    asks = {"request": "asked"}.get(missing, f"the_{missing}")
    with pytest.raises(Incomplete):
        getattr(run, asks)


def test_the_first_reason_to_roll_back_is_the_one_that_counts() -> None:
    run = Run(execution="e", started_at=1, next="claim")
    once = run.back(RollbackCause(kind="halt", reason="first"))
    assert once.back(RollbackCause(kind="newer", reason="second")).why == once.why


def test_an_ending_names_its_release_and_endpoint() -> None:
    policy = Policy.model_validate({"endpoint": "churn", "approval": {"mode": "manual"}})
    ending = begun(policy, 0).end("promoted", "it serves").ending
    assert ending
    assert (ending.release_id, ending.endpoint) == ("0123456789", "churn")
    assert (ending.ending, ending.reason) == ("promoted", "it serves")


FULL: dict[str, Any] = {
    "phase": Phase(since=1),
    "waiting": WaitProgress(since=1),
    "error": {"Error": "Denied"},
    "trouble": "judged minutes were not kept",
    "wait_seconds": 30,
    "watch_seconds": 7,
}
NOTHING: dict[str, Any] = {
    "phase": None,
    "waiting": None,
    "error": None,
    "trouble": None,
    "wait_seconds": 0,
}


def test_the_next_stage_knows_nothing_of_what_was_seen_of_this_one() -> None:
    run, plan = begun(policy(), 0, **FULL), planned(policy())
    following = {"next": "shift", "position": 1, "stage": plan.stage(1)}
    assert passed(run, plan) == run.model_copy(update=NOTHING | following)


def test_after_the_last_stage_it_is_settled_as_promoted() -> None:
    run = begun(policy(), 99, **FULL)
    settled = NOTHING | {"next": "settle", "outcome": "promoted"}
    assert passed(run, planned(policy())) == run.model_copy(update=settled)


def test_another_share_of_a_stage_begins_as_a_stage_does() -> None:
    adaptive = policy(rollout={"steps": "adaptive"})
    run, plan = begun(adaptive, 1, **FULL), planned(adaptive)
    once = moved(run, plan, 4)
    first = Ramp(number=1, percent=4, before=run.the_stage.percent)
    chosen = {"next": "shift", "ramp": first, "stage": plan.stage(1, first)}
    assert once == run.model_copy(update=NOTHING | chosen)
    assert moved(once, plan, 9).ramp == Ramp(number=2, percent=9, before=4)


def test_a_stage_finds_what_the_one_before_it_left() -> None:
    adaptive = policy(rollout={"steps": "adaptive"})
    run, plan = begun(adaptive, 0), planned(adaptive)
    assert run.the_stage.found is None
    staged = passed(run, plan)
    assert staged.the_stage.found == plan.stages[0].content
    once = moved(staged, plan, 4)
    found = (once.the_stage.found, once.the_stage.found_percent)
    assert found == (staged.the_stage.content, staged.the_stage.percent)
    last = passed(moved(once, plan, 9), plan).the_stage
    assert (last.found, last.found_percent) == (plan.stages[1].content.at(9), 9)


def test_a_watch_waits_for_nothing_else() -> None:
    run = begun(policy(), 1, **FULL)
    watched = NOTHING | {"next": "watch", "phase": Phase(since=5), "watch_seconds": 60}
    assert run.watch(Phase(since=5), 5) == run.model_copy(update=watched)


def test_the_way_back_waits_for_nothing_that_was_before() -> None:
    run, why = begun(policy(), 1, **FULL), RollbackCause(kind="halt", reason="because")
    back = NOTHING | {"next": "roll_back", "why": why, "phase": run.phase}
    assert run.back(why) == run.model_copy(update=back)


def test_a_claim_for_its_own_release_knows_nothing_of_the_one_it_took_over() -> None:
    why = RollbackCause(kind="recovery", reason="the execution is gone")
    taken = {"release": "9876543210", "package": "theirs", "approved_at": 3, "dead": True}
    run = begun(policy(), 1, why=why, outcome="rolled_back", **FULL).model_copy(update=taken)
    own = {"release": "0123456789", "package": ARN, "approved_at": 5, "dead": False}
    forgotten = {"next": "claim", "planned": None, "stage": None, "why": None, "outcome": None}
    assert run.anew() == run.model_copy(update=NOTHING | own | forgotten | {"phase": run.phase})


def test_a_document_of_before_says_by_an_empty_package_that_there_is_none() -> None:
    before = {"execution": "e", "started_at": 1, "next": "claim", "own": ["0123456789", "", 5]}
    run = Run.model_validate(before)
    assert run.own == Approval("0123456789", None, 5)
    assert run.anew().package is None


def test_what_the_plan_drew_is_known_whatever_the_case_of_the_endpoints_name() -> None:
    """The policy may spell it anew while the release runs."""
    plan = planned(policy())
    halfway = plan.stages[0].content
    assert halfway is not None
    assert halfway.several
    for spelled in ("churn", "Churn"):
        assert plan.planned.knows(spelled, halfway)


def test_who_writes_to_the_gate_is_named_by_execution_release_and_approval() -> None:
    assert begun(policy(), 1).writer(7) == Writer("arn:execution", "0123456789", 5, 7)
    assert Run(execution="e", started_at=1, next="claim").writer(7) == Writer("e", "", 0, 7)


def test_a_manual_start_is_its_own_approval() -> None:
    assert Run(execution="e", started_at=4, next="claim").claims == Approval("", None, 4)


def test_an_end_that_no_task_lived_to_tell_is_known_by_its_cause() -> None:
    assert gave_up('{"reason": "a step kept failing; the reconciler takes the release over"}')
    assert not gave_up('{"reason": "the alarm business fired"}')


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (Run(execution="e", started_at=1, next="claim").end("refused", "no").failure, True),
        (Run(execution="e", started_at=1, next="claim").end("rolled_back", "no").failure, True),
        (
            f'{{"ending": "needs_a_person", "reason": "{GAVE_UP[1]}"}}',
            False,
        ),
        ('{"ending": "promoted"}', False),
        ('{"errorMessage": "timed out"}', False),
        ('["ending"]', False),
        ("Task timed out", False),
        ("", False),
    ],
)
def test_a_cause_that_a_task_wrote_is_known_from_any_other(cause: Any, says: bool) -> None:
    assert says_an_ending(cause if isinstance(cause, str) else cause.cause) is says


def test_a_document_whose_key_names_no_place_is_none() -> None:
    with pytest.raises(ValidationError, match="SageMaker names nothing"):
        Run(execution="e", started_at=1, next="claim", key=Key("arn:aws:sagemaker"))
