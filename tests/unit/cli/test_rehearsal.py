"""Releases rehearsed on given traffic: what is judged when, with adaptive and explicit steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat

import pytest

from penstock.cli.steps import Steps, steps_of
from penstock.domain.judging.counts import Counts
from penstock.domain.judging.method import REFERENCE
from penstock.domain.judging.rehearsal import Course, Serve, adaptive, rehearse
from penstock.domain.planning.stages import method_of
from penstock.domain.policy.judge import Judge
from penstock.domain.policy.policy import parse_policy

METHOD = replace(REFERENCE, lag=2, warm_up=3)
FAILS, WORKS = 1.0, 0.0


def serving(rates: Sequence[float]) -> Serve:
    """600 requests a minute, split as routed; the candidate fails at these rates, then never."""
    following: Iterator[float] = chain(rates, repeat(WORKS))

    def serve(weight: float) -> Mapping[str, Counts]:
        candidate = 600 * weight
        return {"errors": Counts(600 - candidate, 0, candidate, next(following) * candidate)}

    return serve


def rehearsed(rates: Sequence[float], steps: Steps | None = None) -> Course:
    return rehearse(["errors"], METHOD, steps or adaptive(METHOD), 0.05, serving(rates))


def test_a_dead_candidate_is_seen_when_its_minutes_are_complete() -> None:
    course = rehearsed([FAILS] * 60)
    assert (course.action, course.minutes) == ("roll_back", 3 + 2 + 2)
    assert course.served["errors"] == Counts(7 * 570, 0, 7 * 30, 7 * 30)


def test_what_fails_while_it_warms_up_is_not_held_against_it() -> None:
    assert rehearsed([FAILS] * METHOD.warm_up).action == "promote"
    assert rehearsed([FAILS] * (METHOD.warm_up + 2)).action == "roll_back"


def test_a_healthy_candidate_rises_and_is_promoted() -> None:
    course = rehearsed([])
    assert course.action == "promote"
    assert 10 + METHOD.warm_up < course.minutes < 30


def steps(**changes: object) -> Steps:
    values: dict[str, object] = {"min_requests": 100, "hold": 2, "minutes": 5}
    return Steps(METHOD, (0.05, 0.25), **(values | changes))  # type: ignore[arg-type]  # by name


def test_explicit_steps_last_their_minutes_and_the_last_one_its_hold() -> None:
    course = rehearsed([], steps())
    assert (course.action, course.minutes) == ("promote", 3 + 2 + 4 + 5 + 2)


@pytest.mark.parametrize(
    ("rates", "min_requests", "expected"),
    [([FAILS] * 60, 100, "roll_back"), ([], 10**6, "inconclusive"), ([], 1, "promote")],
)
def test_explicit_steps_end_by_harm_or_for_lack_of_requests(
    rates: Sequence[float], min_requests: int, expected: str
) -> None:
    assert rehearsed(rates, steps(min_requests=min_requests)).action == expected


def test_suspicion_that_nothing_dispels_holds_a_step_to_the_deadline() -> None:
    course = rehearsed([0.0] * 4 + [0.07, 0.07], steps())
    assert (course.action, course.minutes) == ("inconclusive", METHOD.deadline)
    assert course.served["errors"].candidate == METHOD.deadline * 30


def test_the_policy_says_which_steps() -> None:
    text = '{"endpoint": "a", "approval": {"mode": "manual"}, "rollout": {"steps": %s}}'
    method = method_of(Judge())
    assert steps_of(parse_policy(text % '"adaptive"', "1"), method) is None
    named = steps_of(parse_policy(text % "[1, 10]", "1"), method)
    assert named is not None
    assert (named.shares, named.minutes, named.hold) == ((0.01, 0.1), 10, 30)
