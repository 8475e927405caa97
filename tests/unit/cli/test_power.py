"""`penstock power`: what a policy finds, how soon, at what cost; and when it cannot prove."""

import json
import random
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from penstock.domain.judging.counts import added
from penstock.domain.judging.judge_settings import Limit
from penstock.domain.judging.walk import ramp
from penstock.domain.planning.comparison_settings import settings_of
from penstock.domain.policy.judge import JudgeSection
from penstock_cli.binomial import binomial
from penstock_cli.main import main
from penstock_cli.power import PowerQuestion, Traffic, power

ON_AWS = settings_of(JudgeSection())
FIRST = 0.004
"""The share that a release begins with."""


def asked(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    common = ["--requests-per-minute", "600", "--baseline", "0.001", "--effect", "10"]
    assert main(["power", *common, "--json", *options]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_tenfold_regression_is_found_and_a_healthy_release_is_promoted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = asked(capsys)
    bad, healthy = answer["regression"], answer["healthy"]
    assert bad["endings"]["roll_back"] > 0.99
    assert healthy["endings"]["promote"] > 0.98
    assert bad["minutes"]["median"] <= healthy["minutes"]["median"] < 45
    assert bad["bad_requests"]["median"] < 25
    assert bad["requests"]["median"] < healthy["requests"]["median"]
    assert answer["warning"] is None


def test_the_same_question_has_the_same_answer() -> None:
    short = replace(ON_AWS, deadline=8)
    first, again, other = (
        power(PowerQuestion(600, 0.01, 10, "errors", seed), short, ramp(short, FIRST))
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.regression != other.regression


def test_too_little_traffic_is_said_with_what_would_suffice() -> None:
    short = replace(ON_AWS, deadline=60)
    warning = power(PowerQuestion(2, 0.001, 10, "errors", 1), short, ramp(short, FIRST)).warning
    assert warning is not None
    assert "cannot be proven at 2 requests a minute" in warning
    assert warning.endswith("about 100 requests a minute suffice")


def test_a_margin_that_can_never_be_proven_is_said() -> None:
    strict = replace(ON_AWS, limits={"errors": Limit(1, 0.0)}, deadline=30)
    answer = power(PowerQuestion(600, 0.001, 10, "errors", 1), strict, ramp(strict, FIRST))
    assert answer.warning == (
        "the margin of errors (0 %) can never be proven where live's rate is 0.1 %"
    )


def test_explicit_steps_that_find_little_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(
        '{"rollout": {"steps": [5], "step_minutes": 9, "hold_minutes": 0, "prove": false}}'
    )
    answer = asked(capsys, "--effect", "2", "--policy", str(policy))
    assert answer["healthy"]["minutes"]["median"] == 14
    assert "is rolled back in" in answer["warning"]


@pytest.mark.parametrize(
    ("traffic", "note"),
    [
        ("600", "steps: adaptive, because 600 requests a minute prove the margins in about "),
        ("2", "steps: 5, 25, 50 %, because the margin of latency@p95 (2 %) cannot be proven at 2 "),
    ],
)
def test_steps_that_the_policy_leaves_open_follow_the_traffic(
    traffic: str, note: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"judge": {"deadline_minutes": 120}}')
    options = ("--requests-per-minute", traffic, "--policy", str(policy))
    (said,) = asked(capsys, *options)["notes"]
    assert said.startswith(note)
    assert main([*QUESTION, *options]) == 0
    _, line, blank, *_ = capsys.readouterr().out.splitlines()
    assert (line, blank) == (said, "")


def test_without_a_policy_the_steps_are_adaptive_and_nothing_was_left_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert asked(capsys)["notes"] == []


HELD = '{"rollout": {"steps": "adaptive", "holdback_percent": 5}}'


def test_harm_that_begins_late_is_found_in_a_holdback_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(HELD)
    late = ("--effect", "20", "--begins", "60")
    held, without = asked(capsys, *late, "--policy", str(policy)), asked(capsys, *late)
    assert held["regression"]["endings"]["roll_back"] > 0.99
    assert 70 < held["regression"]["minutes"]["median"] < 100
    assert held["regression"]["extra_bad_requests"] > 0
    assert held["healthy"]["minutes"]["median"] > without["healthy"]["minutes"]["median"] + 115
    assert held["warning"] is None
    assert without["regression"]["endings"]["roll_back"] < 0.2
    assert without["warning"].startswith(
        "a candidate 20 times worse from minute 60 on is rolled back in"
    )


def test_the_page_says_when_the_harm_begins_and_what_is_held_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(HELD)
    assert main([*QUESTION, "--begins", "60", "--policy", str(policy)]) == 0
    page = capsys.readouterr().out
    assert "adaptive steps, at most 240 minutes, then 95 % for 120 minutes" in page
    assert "A candidate 10 times worse (1 %) from minute 60 on:" in page


def test_people_get_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    question = ["--requests-per-minute", "6000", "--baseline", "0.001", "--effect", "1000"]
    assert main(["power", *question]) == 0
    page = capsys.readouterr().out
    assert "A candidate 1000 times worse (100 %):" in page
    assert "promised: at most 1 %" in page
    assert "This traffic suffices." in page


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--requests-per-minute", "0"),
        ("--requests-per-minute", "nan"),
        ("--baseline", "0"),
        ("--baseline", "1"),
        ("--baseline", "-0.1"),
        ("--effect", "1"),
        ("--effect", "many"),
        ("--begins", "-1"),
        ("--begins", "20161"),
        ("--begins", "noon"),
    ],
)
def test_a_question_without_sense_is_refused_by_its_option(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    question = {"--requests-per-minute": "600", "--baseline": "0.001", "--effect": "10"}
    given = [f"{name}={text}" for name, text in (question | {option: value}).items()]
    with pytest.raises(SystemExit, match="2"):
        main(["power", *given])
    assert option in capsys.readouterr().err


QUESTION = ["power", "--requests-per-minute", "600", "--baseline", "0.001", "--effect", "10"]


@pytest.mark.parametrize("metric", ["eror", "latency"])
def test_a_signal_that_the_policy_does_not_have_is_refused(
    metric: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("{}")
    assert main([*QUESTION, "--metric", metric, "--policy", str(policy)]) == 2
    told = capsys.readouterr().err
    assert f"--metric: the policy does not judge by {metric}, but by errors" in told


CHECKOUT = {"name": "checkout", "namespace": "Shop", "metric": "Failed", "by": "Route"}
ROUTES = [f"/{n}" for n in range(4)]


@pytest.fixture
def by_route(tmp_path: Path) -> str:
    judge = {"signals": ["errors", CHECKOUT | {"values": ROUTES}], "cold_start_minutes": 0}
    rollout = {"steps": [25], "step_minutes": 9, "hold_minutes": 0, "prove": False}
    policy = tmp_path / "by_route.json"
    policy.write_text(json.dumps({"judge": judge, "rollout": rollout}))
    return str(policy)


def test_harm_may_be_in_one_stratum_alone(
    by_route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--policy", by_route, "--metric", "checkout", "--effect", "100")
    everywhere = asked(capsys, *common)["regression"]
    one = asked(capsys, *common, "--stratum", "Route=/2")
    assert one["question"]["stratum"] == "checkout[Route=/2]"
    rolled_back = one["regression"]["endings"]["roll_back"]
    assert 0.5 < rolled_back < everywhere["endings"]["roll_back"]
    assert one["regression"]["minutes"]["median"] > everywhere["minutes"]["median"]


def test_the_page_says_how_requests_are_spread_and_where_the_harm_is(
    by_route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    about = ["--policy", by_route, "--metric", "checkout", "--stratum", "Route=/2"]
    assert main([*QUESTION, *about]) == 0
    page = capsys.readouterr().out
    assert "Requests are spread evenly over the strata: 4 of checkout" in page
    assert "A candidate 10 times worse (1 %) in Route /2 alone:" in page
    assert "a candidate 10 times worse in Route /2 alone is rolled back in" in page


def test_the_strata_of_a_minute_add_up_and_hold_the_harm_where_it_is_said() -> None:
    strata = tuple(f"checkout[Route={route}]" for route in ROUTES)
    question = PowerQuestion(600, 0.01, 50, "checkout", 1, ("errors", *strata), 0, strata[2])
    minute = Traffic(question, question.candidate, random.Random(7))(0.5)  # noqa: S311 - a simulation
    assert minute["checkout"] == reduce(added, (minute[name] for name in strata))
    assert minute["checkout"].candidate == minute["errors"].candidate
    assert all(50 < minute[name].candidate < 100 for name in strata)
    assert [minute[name].candidate_bad > 20 for name in strata] == [False, False, True, False]
    assert minute["errors"].candidate_bad == 0


@pytest.mark.parametrize(
    ("stratum", "metric", "known"),
    [
        ("Route=/9", "checkout", "checkout[Route=/0], checkout[Route=/1], "),
        ("Route=/1", "errors", "no strata"),
    ],
)
def test_a_stratum_that_the_policy_does_not_have_is_refused(
    stratum: str, metric: str, known: str, by_route: str, capsys: pytest.CaptureFixture[str]
) -> None:
    about = ["--policy", by_route, "--metric", metric, "--stratum", stratum]
    assert main([*QUESTION, *about]) == 2
    told = capsys.readouterr().err
    assert f"--stratum: the policy does not judge by {metric}[{stratum}], but by {known}" in told


def test_strata_that_only_a_plan_finds_are_said_to_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"judge": {"signals": ["errors", CHECKOUT]}}))
    assert main([*QUESTION, "--policy", str(policy)]) == 0
    told = capsys.readouterr()
    assert "checkout is compared as a whole here: its values of Route are looked up" in told.err
    assert "strata" not in told.out


def test_every_further_signal_makes_one_harder_to_find() -> None:
    short = replace(ON_AWS, deadline=30)
    alone = PowerQuestion(600, 0.001, 10, "errors", 1)
    among = alone._replace(others=("latency", "client_errors", "a", "b"))
    found = [
        power(each, short, ramp(short, FIRST)).regression.extra_bad_requests
        for each in (alone, among)
    ]
    assert found[0] < found[1]


@pytest.mark.parametrize(("n", "p"), [(10, 0.3), (500, 0.01), (500, 0.5), (6000, 0.9), (7, 1.0)])
def test_chance_hits_as_often_as_it_should(n: int, p: float) -> None:
    chance = random.Random(4)  # noqa: S311 - a simulation
    drawn = [binomial(n, p, chance) for _ in range(2000)]
    mean = sum(drawn) / len(drawn)
    variance = sum((each - mean) ** 2 for each in drawn) / len(drawn)
    assert mean == pytest.approx(n * p, abs=4 * (n * p * (1 - p) / 2000) ** 0.5 + 1e-9)
    assert variance == pytest.approx(n * p * (1 - p), rel=0.15)
    assert all(0 <= each <= n for each in drawn)


def test_shares_that_sagemaker_chooses_cannot_be_rehearsed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"rollout": {"strategy": "guardrail"}}))
    assert main([*QUESTION, "--policy", str(policy)]) != 0
    assert "SageMaker chooses the shares with the strategy guardrail" in capsys.readouterr().err
