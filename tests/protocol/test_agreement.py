"""Agreement: a shadow whose answers differ from live's too often goes back."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Denied, Unavailable
from penstock.domain.execution.announcements import ReleaseObserved, ReleaseRolledBack
from tests.protocol.agreements import (
    ALONE,
    CAPTURE,
    answers,
    document,
    evidence,
    released,
    world_of,
)
from tests.protocol.climbs import shares
from tests.worlds.machine import Document, Execution
from tests.worlds.world import POLICY


def test_one_that_answers_alike_is_passed_and_the_sentence_counts() -> None:
    world = world_of()
    answers(world, differing=1)
    execution = released(world)
    assert execution.ending == "observed"
    (said,) = [each for each in world.announcer.said if isinstance(each, ReleaseObserved)]
    assert "pairs of answers differ (1 %" in said.reason
    assert "at most 2 % may" in said.reason


def test_a_canary_goes_on_after_it() -> None:
    world = world_of(rollout={**POLICY["rollout"], "shadow_minutes": 60})
    answers(world)
    assert released(world).ending == "promoted"
    assert shares(world) == [10, 50, 100]


@pytest.mark.parametrize("rollout", [ALONE, {**POLICY["rollout"], "shadow_minutes": 60}])
def test_one_that_answers_otherwise_goes_back_and_is_bad(rollout: Document) -> None:
    world = world_of(rollout=rollout)
    world.images |= {2: "sha256:bad"}
    answers(world, differing=20)
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert "the candidate's answers differ from live's: " in execution.cause["reason"]
    assert world.serves(1)
    assert shares(world) == []
    assert world.record_of(2).quarantined


def test_differences_are_in_the_evidence_and_not_in_events() -> None:
    world = world_of()
    answers(world, differing=20)
    released(world)
    found = evidence(world)
    assert len(found["differences"]) == 5
    assert found["differences"][0]["live"] == "0"
    assert found["differences"][0]["candidate"] == "1"
    assert found["course"][-1]["pairs"] == found["counted"]["pairs"]
    assert [each["until"] for each in found["course"]] == sorted(
        {each["until"] for each in found["course"]}
    )
    name = found["differences"][0]["inference_id"]
    for said in world.announcer.said:
        assert name not in said.model_dump_json()


def test_a_task_that_runs_twice_counts_once() -> None:
    world = world_of()
    answers(world, differing=1)
    execution = world.release(2)
    while not (execution.state == "Judge what is seen" and _counted(execution)):
        world.step(execution)
    first = execution.run_task(), evidence(world)
    second = execution.run_task(), evidence(world)
    assert first[0]["run"].answers == second[0]["run"].answers
    assert first[1] == second[1]


def _counted(execution: Execution) -> bool:
    return bool(execution.document["run"].answers and execution.document["run"].answers.pairs)


@pytest.mark.parametrize(
    ("on_inconclusive", "ending"), [("roll_back", "rolled_back"), ("promote", "observed")]
)
def test_too_few_pairs_are_inconclusive(on_inconclusive: str, ending: str) -> None:
    world = world_of({"min_pairs": 100_000}, on_inconclusive=on_inconclusive)
    answers(world)
    execution = released(world)
    assert execution.ending == ending
    assert "and 100,000 pairs have to be seen" in execution.cause["reason"]
    assert not world.record_of(2).quarantined


def test_without_ids_nothing_is_joined_and_that_is_said() -> None:
    world = world_of(on_inconclusive="roll_back")
    answers(world, names="none")
    execution = released(world)
    assert execution.ending == "rolled_back"
    reason = str(execution.cause["reason"])
    assert "no pair of answers was seen so far" in reason
    assert "have no InferenceId" in reason


def test_capture_that_stopped_is_told_from_no_traffic() -> None:
    world = world_of(on_inconclusive="roll_back")
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert "data capture has 0 answers of live and 0 of the candidate" in execution.cause["reason"]
    assert "and CloudWatch counted " in execution.cause["reason"]


@pytest.mark.parametrize("error", [Denied("s3:GetObject is not allowed"), Unavailable("slow")])
def test_captures_that_cannot_be_read_hold_nothing_but_themselves(error: Any) -> None:
    world = world_of(on_inconclusive="roll_back")
    answers(world)
    world.captures.error = error
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert f"captured answers cannot be read: {error}" in execution.cause["reason"]


def test_harm_does_not_wait_for_answers() -> None:
    world = world_of(cold_start_minutes=0)
    world.captures.error = Unavailable("slow")
    world.traffic.rates["candidate"] = {"errors": 0.5}
    execution = released(world)
    assert "the candidate is worse than live" in execution.cause["reason"]


def test_an_archive_that_takes_nothing_stops_nothing() -> None:
    world = world_of()
    answers(world)
    world.archive.closed = True
    assert released(world).ending == "observed"


def test_the_document_stays_small() -> None:
    world = world_of()
    answers(world, differing=1)
    execution = world.release(2)
    while not (execution.state == "Judge what is seen" and _counted(execution)):
        world.step(execution)
    assert len(execution.document["run"].answers.model_dump_json()) < 400


def test_the_plan_says_what_it_needs() -> None:
    capture = {"serving": {**POLICY["serving"], "data_capture": {**CAPTURE, "percent": 50}}}
    world = world_of()
    world.policies.put("churn", json.dumps({**document({}, ALONE), **capture}))
    answers(world)
    released(world)
    notes = " ".join(world.plan_of(2).notes)
    assert "serving.data_capture.percent is 50" in notes
    assert "with an InferenceId" in notes


def test_a_rollback_says_why_to_people() -> None:
    world = world_of()
    answers(world, differing=50)
    released(world)
    (said,) = [each for each in world.announcer.said if isinstance(each, ReleaseRolledBack)]
    assert "of answers differ" in said.reason
