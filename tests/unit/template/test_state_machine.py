"""The state machine: complete in itself, and in step with the template and the code."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from penstock.domain import errors
from penstock.domain.execution.endings import ERROR_OF_ENDING, Ending, gave_up
from penstock.domain.execution.run import Next, Run
from penstock.domain.execution.waits import SLOWEST_SECONDS
from penstock.domain.protocol import LEASE_MS, SILENCE_MS
from tests.worlds.deployed import MACHINE, machine, source

WAIT = "Wait until the next step is due"
HUB = "Decide what comes next"
BEFORE_THE_CLAIM = {
    "Resolve the request": "Penstock failed before it began",
    # Whether the claim was written is not known, but no endpoint was touched.
    "Claim the endpoint": "Penstock failed before it began",
}
WITHOUT_A_ROLLBACK = {
    # They are the rollback.
    "Roll back": "Penstock cannot go on",
    "Settle the release": "Penstock cannot go on",
}
# Of the fields that the language has, those in use; another one is added here with a look at it.
FIELDS = {
    "Task": (
        *("Resource", "Parameters", "ResultPath", "TimeoutSeconds", "TimeoutSecondsPath"),
        *("Retry", "Catch", "Next"),
    ),
    "Choice": ("Choices", "Default"),
    "Wait": ("SecondsPath", "Next"),
    "Succeed": ("OutputPath",),
    "Fail": ("Error", "ErrorPath", "Cause", "CausePath"),
}
RESERVED = re.compile(r"(States|Lambda|Sandbox)\.\w+")


def states() -> dict[str, Any]:
    found: dict[str, Any] = machine()["States"]
    return found


def tasks() -> dict[str, Any]:
    return {name: state for name, state in states().items() if state["Type"] == "Task"}


def following(state: dict[str, Any]) -> Iterator[str]:
    """Every state that can come after this one."""
    for part in (state, *state.get("Choices", []), *state.get("Catch", [])):
        yield from (part[key] for key in ("Next", "Default") if key in part)


def reachable(start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += following(states()[name])
    return reached


@pytest.mark.parametrize("name", states())
def test_a_state_has_only_fields_that_its_type_has(name: str) -> None:
    state = states()[name]
    assert set(state) <= {"Type", "Comment", *FIELDS[state["Type"]]}


# ---- substitutions ------------------------------------------------------------------------------


def test_every_substitution_is_provided_and_used() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", MACHINE.read_text()))
    given = source()["Resources"]["ReleaseStateMachine"]["Properties"]["DefinitionSubstitutions"]
    assert used == set(given)


def test_substitutions_stand_inside_texts_only() -> None:
    texts = json.dumps(machine())
    assert MACHINE.read_text().count("${") == texts.count("${") > 10
    assert all("${" not in key for key in re.findall(r'"([^"]*)":', texts))


# ---- every state --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", states())
def test_a_state_says_what_it_is_for_and_is_a_sentence(name: str) -> None:
    assert states()[name]["Comment"][-1] in ".?"
    assert " " in name
    assert name[0].isupper()


def test_every_state_can_be_reached_and_leads_to_one_that_exists() -> None:
    assert reachable(machine()["StartAt"]) == set(states())


@pytest.mark.parametrize("name", states())
def test_an_end_can_be_reached_from_every_state(name: str) -> None:
    assert {"Fail", "Succeed"} & {states()[each]["Type"] for each in reachable(name)}


# ---- tasks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", tasks())
def test_a_task_ends_is_tried_again_and_its_failure_is_caught(name: str) -> None:
    task = tasks()[name]
    assert {"TimeoutSeconds", "TimeoutSecondsPath"} & set(task)
    for rules in (task["Retry"], task["Catch"]):
        assert rules[-1]["ErrorEquals"] == ["States.ALL"]
    assert task["Retry"][-1]["MaxAttempts"] > 0


@pytest.mark.parametrize("name", tasks())
def test_every_error_that_is_waited_for_exists(name: str) -> None:
    rules = [*tasks()[name]["Retry"], *tasks()[name]["Catch"]]
    for error in {error for rule in rules for error in rule["ErrorEquals"]}:
        ours = isinstance(getattr(errors, error, None), type)
        assert ours or RESERVED.fullmatch(error), error


@pytest.mark.parametrize("name", tasks())
def test_every_failure_after_the_claim_is_rolled_back(name: str) -> None:
    goes_to = {**BEFORE_THE_CLAIM, **WITHOUT_A_ROLLBACK}.get(name, "Roll back")
    assert tasks()[name]["Catch"][-1]["Next"] == goes_to
    if name not in BEFORE_THE_CLAIM:
        assert tasks()[name]["Catch"][-1]["ResultPath"] == "$.error"


TROUBLE = {
    *("Unavailable", "Unanswered", "Lambda.TooManyRequestsException", "Lambda.ServiceException"),
    *("Lambda.AWSLambdaException", "Lambda.SdkClientException"),
    "Lambda.ClientExecutionTimeoutException",
}
"""AWS's own: it passes."""
GOES_BACK = {"Roll back", "Settle the release"}
LEFT_ALONE = (LEASE_MS + SILENCE_MS) / 1000 - SLOWEST_SECONDS


@pytest.mark.parametrize("name", sorted(GOES_BACK))
def test_whoever_rolls_back_or_settles_is_tried_for_hours(name: str) -> None:
    """Half of each pause is what jitter leaves of it."""
    trouble, *_, others = tasks()[name]["Retry"]
    assert trouble["MaxAttempts"] * trouble["MaxDelaySeconds"] / 2 > 4 * 3600
    assert others["MaxAttempts"] * others["MaxDelaySeconds"] > 4 * 3600


@pytest.mark.parametrize("name", tasks())
def test_trouble_of_aws_is_waited_out_before_anything_else_is_tried(name: str) -> None:
    rules = [rule for rule in tasks()[name]["Retry"] if rule["MaxAttempts"]]
    assert set(rules[0]["ErrorEquals"]) == TROUBLE
    assert rules[0]["JitterStrategy"] == "FULL"
    assert rules[0]["MaxAttempts"] > rules[-1]["MaxAttempts"] or name in GOES_BACK


@pytest.mark.parametrize("name", sorted(set(tasks()) - GOES_BACK - {"Resolve the request"}))
def test_whoever_holds_an_endpoint_is_tried_for_as_long_as_it_is_left_alone(name: str) -> None:
    """A wait that outlasts that looks like a death, and is recovered: the release goes back.

    A lease, which a pause of two minutes may have used already, and SILENCE_MS after a sweep saw
    that it is over. Half of each pause is what jitter leaves of it.
    """
    assert retried(name) / 2 > 12 * 60
    assert retried(name) < LEFT_ALONE


def test_only_a_watch_and_the_judge_after_it_may_be_tried_for_longer() -> None:
    """So a release that Lambda runs nothing of meanwhile may be taken back as silent."""
    assert retried("Watch what is served") + retried("Judge what is seen") == 50.5 * 60 > LEFT_ALONE


def retried(name: str) -> float:
    """For how many seconds a task is tried again at most, while AWS is in trouble."""
    rule = next(r for r in tasks()[name]["Retry"] if set(r["ErrorEquals"]) == TROUBLE)
    pauses = (rule["IntervalSeconds"] * rule["BackoffRate"] ** n for n in range(99))
    waits = [min(pause, rule["MaxDelaySeconds"]) for pause in pauses][: rule["MaxAttempts"]]
    return float(sum(waits))


@pytest.mark.parametrize("name", sorted(GOES_BACK))
def test_a_version_that_is_gone_hands_over_to_the_reconciler_in_minutes(name: str) -> None:
    gone = [
        r for r in tasks()[name]["Retry"] if "Lambda.ResourceNotFoundException" in r["ErrorEquals"]
    ]
    assert [rule["MaxAttempts"] for rule in gone] == [3]


def test_a_watch_that_cannot_begin_for_trouble_is_judged_all_the_same() -> None:
    catch = tasks()["Watch what is served"]["Catch"][1]
    assert set(catch["ErrorEquals"]) == TROUBLE
    assert catch["Next"] == "Judge what is seen"


def test_a_wait_that_ends_early_or_late_is_judged_at_once() -> None:
    watch = tasks()["Watch what is served"]
    assert watch["Retry"][0] == {"ErrorEquals": ["Woken", "States.Timeout"], "MaxAttempts": 0}
    assert watch["Catch"][0]["ErrorEquals"] == ["Woken", "States.Timeout"]
    assert watch["Catch"][0]["Next"] == watch["Next"] == "Judge what is seen"
    assert watch["ResultPath"] is None


def test_the_machine_itself_ends() -> None:
    assert machine()["TimeoutSeconds"] == 120 * 86400


# ---- the hub ------------------------------------------------------------------------------------


def test_every_next_step_that_the_code_can_name_has_its_route() -> None:
    routes = states()[HUB]["Choices"]
    assert {route["Variable"] for route in routes} == {"$.next"}
    assert sorted(route["StringEquals"] for route in routes) == sorted(get_args(Next))
    assert states()[HUB]["Default"] == "Penstock cannot go on"


def test_every_task_goes_back_to_the_hub() -> None:
    wait = states()[WAIT]
    assert (wait["Type"], wait["SecondsPath"], wait["Next"]) == ("Wait", "$.wait_seconds", HUB)
    others = {name for name, task in tasks().items() if task["Next"] != WAIT}
    assert others == {"Watch what is served"}


def test_what_the_states_read_is_in_the_document() -> None:
    read = set(re.findall(r'"\$\.(\w+)', MACHINE.read_text()))
    assert read <= set(Run.model_fields) | {"error"}


# ---- endings ------------------------------------------------------------------------------------


def test_a_failure_that_no_code_words_has_the_form_of_an_ending() -> None:
    fixed = {name: s for name, s in states().items() if s["Type"] == "Fail" and "Cause" in s}
    assert set(fixed) == {"Penstock failed before it began", "Penstock cannot go on"}
    for state in fixed.values():
        ending = Ending.model_validate_json(state["Cause"])
        assert gave_up(state["Cause"])
        assert ERROR_OF_ENDING[ending.ending] == state["Error"]


def test_an_ending_succeeds_or_fails_by_what_it_is() -> None:
    tell = states()["Tell how it ended"]
    assert tell["Choices"] == [{"Variable": "$.failure", "IsNull": True, "Next": "Ended well"}]
    assert tell["Default"] == "Ended badly"
    assert states()["Ended well"]["OutputPath"] == "$.ending"
    assert states()["Ended badly"]["ErrorPath"] == "$.failure.error"
    assert states()["Ended badly"]["CausePath"] == "$.failure.cause"
