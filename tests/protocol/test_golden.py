"""Golden requests: what a candidate answers before it serves anybody, and once it serves."""

import json
from typing import Any

import pytest

from penstock.domain.errors import Denied, RefusedByAws, Unanswered, Unavailable
from penstock.domain.execution.announcements import GoldenRequestsMissed
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.ledger.gate import PROMOTE, STAGE
from tests.worlds.machine import Execution
from tests.worlds.promises import at_known_rest
from tests.worlds.scenes import LIVE_ERRORS
from tests.worlds.scenes import PROMOTE as PROMOTE_STATE
from tests.worlds.world import POLICY, World

ASK, LOOK = "Ask the golden requests", "Look at the endpoint"
URI = "s3://sagemaker-tests/golden.jsonl"
FILE = b"""{"body": "1,2", "expect": "1,2", "name": "row 1"}
{"body": "3,4", "expect": "3,4"}
{"body": "5,6"}
"""
GOLDEN = {"s3_uri": URI}
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/"


def asking(data: bytes = FILE, golden: dict[str, Any] | None = None, **policy: Any) -> World:
    """An account whose policy names golden requests."""
    world = World({**POLICY, **policy, "golden": {**GOLDEN, **(golden or {})}})
    world.golden.files[URI] = data
    return world


def serving(data: bytes = FILE, golden: dict[str, Any] | None = None, **policy: Any) -> World:
    """The same, and a good first version serves."""
    world = asking(data, golden, **policy)
    world.promoted(1)
    world.models.asked.clear()
    return world


def answers(world: World, version: int, body: str, text: str, status: int = 200) -> None:
    world.models.answers[f"{PACKAGE}{version}", body] = (status, text)


def released(world: World, version: int = 2) -> Execution:
    execution = world.release(version)
    world.run(execution)
    return execution


def took_requests(world: World) -> bool:
    """Whether the candidate ever had a share, or the new package was promoted."""
    return "Traffic Shifted" in world.announcer.types


def missed(world: World) -> GoldenRequestsMissed:
    (said,) = (each for each in world.announcer.said if isinstance(each, GoldenRequestsMissed))
    return said


def test_a_candidate_is_asked_before_its_first_traffic_and_once_more_when_it_serves() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    assert world.content.share(CANDIDATE) == 0
    assert len(world.content.weights) == 2
    assert world.gate.step == STAGE
    world.until(execution, "Shift traffic")
    bodies = ["1,2", "3,4", "5,6"]
    assert world.models.asked == [(CANDIDATE, f"{PACKAGE}2", body) for body in bodies]
    world.run(execution)
    assert execution.ending == "promoted"
    assert world.models.asked[3:] == [("live", f"{PACKAGE}2", body) for body in bodies]
    assert "Golden Requests Missed" not in world.announcer.types


def test_the_warm_up_is_waited_for() -> None:
    world = serving(judge={**POLICY["judge"], "warm_up_minutes": 3})
    execution = world.release(2)
    world.until(execution, "Judge what is seen")
    staged = world.clock.now()
    world.until(execution, ASK)
    assert world.clock.now() - staged >= 2 * 60_000


@pytest.mark.parametrize("rollout", [POLICY["rollout"], {"strategy": "all_at_once"}])
def test_a_first_release_is_asked_right_after_its_swap(rollout: dict[str, Any]) -> None:
    world = asking(rollout=rollout)
    execution = world.release(1)
    world.until(execution, ASK)
    assert world.gate.step == PROMOTE
    world.run(execution)
    assert execution.ending == "promoted"
    assert [variant for variant, *_ in world.models.asked] == ["live"] * 3


def test_all_at_once_is_asked_right_after_the_swap_and_goes_back() -> None:
    world = serving(rollout={"strategy": "all_at_once"})
    answers(world, 2, "1,2", "9")
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert world.models.asked == [("live", f"{PACKAGE}2", "1,2")]
    assert world.serves(1)


def test_a_miss_rolls_back_before_any_request_was_served() -> None:
    world = serving()
    world.announcer.said.clear()
    answers(world, 2, "1,2", "9.5\n")
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert not took_requests(world)
    assert world.serves(1)
    reason = (
        "0 of 1 golden requests asked so far have passed, and 3 of 3 have to; "
        'the first miss is row 1: expected "1,2", got "9.5"'
    )
    assert execution.cause["reason"] == reason
    said = missed(world)
    assert (said.reason, said.needed, said.misses, said.requests) == (reason, 3, 1, 3)
    assert (said.first_request, said.expected, said.answer) == ("row 1", "1,2", "9.5")
    plan = world.plan_of(2).golden
    assert plan is not None
    assert said.sha256 == plan.sha256


def test_a_request_without_a_name_is_named_by_its_line_and_its_answer_is_cut() -> None:
    world = serving()
    cut = "x" * 200
    answers(world, 2, "3,4", f"{cut}and more")
    execution = released(world)
    said = f'the first miss is line 2: expected "3,4", got "{cut}"'
    assert execution.cause["reason"].endswith(said)


def test_a_miss_speaks_against_the_package_and_a_lack_of_permission_does_not() -> None:
    """The one is quarantined, and the other nobody knows anything of."""
    world = serving()
    answers(world, 2, "1,2", "9.5\n")
    released(world)
    assert world.record_of(2).quarantine == missed(world).reason
    denied = serving()
    denied.wire.refused["models.ask"] = lambda: Denied("AWS refused InvokeEndpoint: no")
    assert released(denied).ending == "rolled_back"
    assert denied.record_of(2).quarantine is None


def test_a_model_error_is_a_miss_also_where_nothing_is_expected() -> None:
    world = serving()
    answers(world, 2, "5,6", "no such feature", status=400)
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert missed(world).expected == "an answer with status 2xx"
    assert missed(world).answer == "status 400: no such feature"


def test_as_many_may_miss_as_the_policy_allows() -> None:
    world = serving(golden={"at_least": 0.6})
    answers(world, 2, "1,2", "9")
    assert released(world).ending == "promoted"
    assert len(world.models.asked) == 6
    answers(world, 3, "1,2", "9")
    answers(world, 3, "3,4", "9")
    execution = released(world, 3)
    assert execution.ending == "rolled_back"
    assert (
        "0 of 2 golden requests asked so far have passed, and 2 of 3 have to"
        in execution.cause["reason"]
    )


def test_a_miss_after_the_promotion_rolls_back_like_an_alarm() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, PROMOTE_STATE)
    answers(world, 2, "3,4", "changed")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert 'got "changed"' in execution.cause["reason"]
    assert world.serves(1)
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_a_first_release_that_misses_leaves_no_endpoint() -> None:
    world = asking()
    answers(world, 1, "1,2", "9")
    execution = released(world, 1)
    assert execution.ending == "rolled_back"
    assert world.cloud.shown("churn") is None


# ---- the file ------------------------------------------------------------------------------------


def test_a_file_that_changes_after_the_plan_has_no_effect() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, "Stage the candidate")
    world.golden.files[URI] = b'{"body": "7", "expect": "8"}'
    world.run(execution)
    assert execution.ending == "promoted"
    del world.golden.files[URI]
    assert released(world, 3).ending == "refused"


def test_kept_requests_that_were_edited_are_not_asked() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    (digest,) = world.golden.stored
    world.golden.stored[digest] = b'{"body": "7"}'
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert "read at Plan were edited" in execution.cause["reason"]
    assert world.models.asked == []


def test_a_dry_run_reads_the_file_and_keeps_nothing() -> None:
    world = asking()
    execution = world.release(1, dry_run=True)
    world.run(execution)
    assert execution.ending == "planned"
    plan = execution.cause["plan"]
    assert plan["golden"]["requests"] == 3
    assert "3 golden requests" in plan["stages"][0]["says"]
    assert world.golden.stored == {}


BAD = {
    "empty": (b"\n \n", "are empty"),
    "too large": (b" " * (1024 * 1024 + 1), "have 1048577 bytes, more than 1048576"),
    "too many": (b'{"body": "1"}\n' * 201, "are 201, more than 200"),
    "not JSON": (b'{"body": "1"}\nbody', "line 2 of the golden requests"),
    "no object": (b'["body"]', "is not a JSON object with `body`"),
    "no body": (b"{}", "body: this key is required"),
    "unknown key": (b'{"body": "1", "expects": 1}', "unknown key; did you mean `expect`?"),
    "no text": (b"\xff\xfe", "are no text in UTF-8"),
    "tolerance": (b'{"body": "1", "tolerance": "0.1"}', "tolerance: must be a valid number"),
    "container": (b'{"body": "1", "container": "first"}', "container: "),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_file_that_is_none_refuses_the_release(bad: str) -> None:
    data, sentence = BAD[bad]
    world = asking(data)
    execution = released(world, 1)
    assert execution.ending == "refused"
    assert sentence in execution.cause["reason"]
    assert URI in execution.cause["reason"]
    assert world.cloud.shown("churn") is None


def test_a_file_that_is_not_there_refuses_the_release() -> None:
    world = asking()
    world.golden.files.clear()
    execution = released(world, 1)
    assert execution.ending == "refused"
    assert execution.cause["reason"] == f"the golden requests {URI} cannot be read: there is none"


def test_an_expectation_of_another_type_is_a_miss() -> None:
    world = asking(json.dumps({"body": "[1]", "expect": {"score": 1}}).encode())
    execution = released(world, 1)
    assert execution.ending == "rolled_back"
    assert 'expected "("score": 1)", got "[1]"' in execution.cause["reason"]


# ---- trouble -------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [Unavailable("Rate exceeded"), Unanswered("Read timeout")])
def test_a_request_without_an_answer_is_tried_three_times(trouble: Unavailable) -> None:
    world = serving()
    world.models.faults = [trouble, trouble]
    begun = world.clock.now()
    assert released(world).ending == "promoted"
    assert len(world.models.asked) == 6
    assert world.clock.now() - begun >= 40_000


def test_a_request_that_gets_no_answer_in_three_tries_has_missed() -> None:
    world = serving()
    world.models.faults = [Unavailable("Rate exceeded")] * 3
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert 'got "nothing in 3 tries: Rate exceeded"' in execution.cause["reason"]
    assert world.wire.counts["models.ask"] == 3 + 3
    assert not world.models.asked


def test_a_model_that_hangs_ends_no_task_and_rolls_back() -> None:
    world = serving()
    world.models.late.add(f"{PACKAGE}2")
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert "the model did not answer in time" in execution.cause["reason"]


def test_many_slow_answers_take_several_tasks_and_each_request_is_asked_once() -> None:
    world = serving(golden={"timeout_seconds": 60})
    execution = world.release(2)
    world.until(execution, ASK)
    world.wire.before("models.ask", lambda: world.clock.advance(55), 1)
    world.step(execution)
    assert (execution.document["next"], execution.document["asking"]["at"]) == ("ask", 1)
    world.run(execution)
    assert execution.ending == "promoted"
    assert len(world.models.asked) == 6


def test_what_may_not_be_asked_rolls_back_and_names_the_permission() -> None:
    world = serving()
    denial = "not authorized to perform: sagemaker:InvokeEndpoint"
    world.models.faults = [Denied(denial)]
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert execution.cause["reason"] == (
        f"the golden requests could not be asked for want of a permission: {denial}"
    )


def test_what_sagemaker_does_not_take_rolls_back() -> None:
    world = serving()
    world.models.faults = [RefusedByAws("Accept is no content type")]
    execution = released(world)
    assert execution.ending == "rolled_back"
    assert "Accept is no content type" in execution.cause["reason"]


def test_a_person_who_takes_the_candidate_away_meanwhile_stops_everything() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    world.cloud.edit("churn", "theirs")
    world.run(execution)
    assert execution.ending == "needs_a_person"
    assert world.gate.drift


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", [LOOK, ASK])
def test_a_halt_while_it_asks_rolls_back(when: str, state: str) -> None:
    world = serving(rollout={"strategy": "all_at_once"})
    execution = world.release(2)
    world.until(execution, ASK)
    step_in = world.wire.before if when == "before" else world.wire.after
    step_in("models.ask", lambda: world.alarm(LIVE_ERRORS))
    if state == LOOK:
        world.step(execution)
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert LIVE_ERRORS in execution.cause["reason"]
    assert world.serves(1)


def test_a_halt_before_it_asks_is_heard_first() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    world.alarm("business")
    world.run(execution)
    assert execution.ending == "rolled_back"
    assert world.models.asked == []


def test_a_newer_approval_takes_over_before_the_first_traffic() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    newer = world.release(3)
    world.until(newer, "Claim the endpoint")
    world.step(newer)
    world.run()
    assert (execution.ending, newer.ending) == ("superseded", "promoted")
    assert {package for _, package, _ in world.models.asked} == {f"{PACKAGE}3"}


# ---- deaths --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_instance_that_dies_is_asked_again_and_nothing_else_happens(
    when: str, count: int
) -> None:
    world = serving()
    execution = world.release(2)
    step_in = world.wire.before if when == "before" else world.wire.after
    step_in("models.ask", world.wire.kill, count)
    world.run(execution)
    assert execution.ending == "promoted"
    assert len(world.models.asked) > 6 or when == "before"
    assert world.announcer.types.count("Traffic Shifted") == 4


@pytest.mark.parametrize("count", [1, 2])
def test_an_execution_that_dies_while_it_asks_is_recovered(count: int) -> None:
    """Before it is known that what serves answers well, a recovery goes back."""
    world = serving()
    execution = world.release(2)
    for _ in range(count):
        world.until(execution, ASK)
        last = world.gate.step
        if count == 2 and last == STAGE:
            world.step(execution)
    world.die(execution)
    world.settle_down()
    assert world.serves(1)
    assert world.record_of(2).state == "rolled_back"
    at_known_rest(world.ledger, world.cloud, world.alarms)


def test_a_late_instance_that_asks_again_changes_nothing() -> None:
    world = serving()
    execution = world.release(2)
    world.until(execution, ASK)
    late = world.pause(execution)
    world.run(execution)
    assert execution.ending == "promoted"
    gate, asked = world.gate, len(world.models.asked)
    world.outlive(late)
    assert (world.gate, len(world.models.asked)) == (gate, asked)


def test_a_release_without_golden_requests_asks_none() -> None:
    world = World()
    world.promoted(1)
    world.promoted(2)
    assert world.models.asked == []
    assert world.plan_of(2).golden is None
