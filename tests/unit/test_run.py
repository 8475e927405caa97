"""The document that an execution carries."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import Incomplete, Refused
from penstock.domain.planning import draw_plan
from penstock.domain.policy import Policy
from penstock.domain.progress import Phase, Waiting, Why
from penstock.domain.protocol import Approval
from penstock.domain.request import parse_request
from penstock.domain.run import Run
from tests.unit.setups import ARN, live, package, policies

START = {"action": "release", "model_package_arn": ARN, "approved_at": 5}


def begun(policy: Policy, position: int, **more: Any) -> Run:
    plan = draw_plan(policy, package(), "0123456789", live())
    return Run(
        execution="arn:execution",
        started_at=5,
        request=parse_request(START),
        next=plan.stages[min(position, len(plan.stages) - 1)].act,
        endpoint="churn",
        release="0123456789",
        package=ARN,
        approved_at=5,
        own=Approval("0123456789", ARN, 5),
        plan=plan,
        position=min(position, len(plan.stages) - 1),
        **more,
    )


@given(
    policies(),
    st.integers(0, 70),
    st.none() | st.builds(Phase, since=st.integers(), verdict=st.none() | st.text()),
    st.none() | st.builds(Waiting, since=st.integers(), tries=st.integers(0, 99)),
    st.none() | st.builds(Why, kind=st.sampled_from(["halt", "tidy"]), reason=st.text()),
)
def test_it_survives_json_at_every_stage(
    policy: Policy, position: int, phase: Phase | None, waiting: Waiting | None, why: Why | None
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


@pytest.mark.parametrize("missing", ["plan", "request", "endpoint"])
def test_what_a_state_may_not_ask_for_yet_is_an_error(missing: str) -> None:
    run = Run(execution="e", started_at=1, next="claim")
    asks = {"plan": "the_plan", "request": "asked", "endpoint": "the_endpoint"}[missing]
    with pytest.raises(Incomplete):
        getattr(run, asks)


def test_the_first_reason_to_roll_back_is_the_one_that_counts() -> None:
    run = Run(execution="e", started_at=1, next="claim")
    once = run.back(Why(kind="halt", reason="first"))
    assert once.back(Why(kind="newer", reason="second")).why == once.why


def test_an_ending_names_its_release_and_endpoint() -> None:
    policy = Policy.model_validate({"endpoint": "churn", "approval": {"mode": "manual"}})
    ending = begun(policy, 0).end("promoted", "it serves").ending
    assert ending
    assert (ending.release_id, ending.endpoint) == ("0123456789", "churn")
    assert (ending.ending, ending.reason) == ("promoted", "it serves")
