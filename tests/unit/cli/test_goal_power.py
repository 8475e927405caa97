"""`penstock power --goal`: how many days an A/B test needs, and whether it has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock_cli.main import main
from tests.worlds.goals import EXPERIMENT, GOAL, REVENUE

RATE = ["--requests-per-minute", "6", "--baseline", "0.05", "--least-effect", "0.01"]
POLICY = {"endpoint": "churn", "approval": {"mode": "manual"}, "rollout": EXPERIMENT}


def asked(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["power", "--goal", "--json", *options]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["power", "--goal", *options]) == 2
    return capsys.readouterr().err


@pytest.fixture
def policy(tmp_path: Path) -> str:
    return written(tmp_path, POLICY)


def written(folder: Path, document: object) -> str:
    path = folder / "policy.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_rate_is_found_about_as_soon_as_a_planned_test_would_be_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = asked(capsys, *RATE)
    fixed = 8155 / 3 / 1440  # outcomes of each variant, 3 a minute, in days
    days = answer["better"]["days"]
    assert 0.6 * fixed < days["median"] < 1.1 * fixed < days["likely"] < 2 * fixed
    assert answer["better"]["endings"]["better"] > 0.95
    wrong = answer["alike"]["endings"]["better"] + answer["alike"]["endings"]["worse"]
    assert wrong < 0.05
    assert answer["alike"]["endings"]["no_relevant_difference"] > 0.9
    assert answer["warning"] is None


def test_the_same_question_has_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    quick = [*RATE, "--max-days", "1", "--requests-per-minute", "60"]
    first, again = asked(capsys, *quick), asked(capsys, *quick)
    assert first == again != asked(capsys, *quick, "--seed", "2")


def test_too_few_days_are_said_with_how_many_suffice(capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(capsys, *RATE, "--max-days", "1")
    assert answer["better"]["endings"]["better"] < 0.5
    assert answer["warning"].startswith("a difference of 0.01 is found within 1 days in ")
    assert "allow 3 days, or a least effect of about 0.017" in answer["warning"]


def test_hopeless_traffic_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--baseline", "0.001", "--least-effect", "0.00001", "--requests-per-minute", "1"]
    assert "there is far too little traffic" in asked(capsys, *small)["warning"]


def test_the_policy_has_the_goal_and_options_go_before_it(
    capsys: pytest.CaptureFixture[str], policy: str
) -> None:
    traffic = ["--requests-per-minute", "60", "--baseline", "0.05", "--policy", policy]
    question = asked(capsys, *traffic)["question"]
    assert question["name"] == "conversion"
    assert question["aim"]["least_effect"] == 0.01
    assert (question["share"], question["max_days"], question["delay_minutes"]) == (0.5, 14, 60)
    changed = ["--share", "20", "--max-days", "3", "--least-effect", "0.02", "--confidence", "0.9"]
    question = asked(capsys, *traffic, *changed)["question"]
    assert (question["share"], question["max_days"]) == (0.2, 3)
    assert question["aim"]["least_effect"] == 0.02
    assert question["aim"]["confidence"] == 0.9


def test_the_delay_counts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    late = {**EXPERIMENT, "goal": {**GOAL, "delay_minutes": 1440}}
    options = [*RATE, "--policy", written(tmp_path, {**POLICY, "rollout": late})]
    later = asked(capsys, *options)["better"]["days"]["median"]
    assert later == pytest.approx(1 + asked(capsys, *RATE)["better"]["days"]["median"])


def test_a_value_that_varies_less_is_found_sooner(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rollout = {**EXPERIMENT, "goal": REVENUE}
    traffic = ["--requests-per-minute", "6", "--mean", "20"]
    options = [*traffic, "--policy", written(tmp_path, {**POLICY, "rollout": rollout})]
    days = [
        asked(capsys, *options, *spread)["better"]["days"]["median"]
        for spread in (["--spread", "10"], ["--spread", "40"], [])
    ]
    assert days == sorted(days)
    assert days[0] < days[2] / 2


def test_less_may_be_better(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lower = {**EXPERIMENT, "goal": {**GOAL, "better": "lower"}}
    options = [*RATE, "--policy", written(tmp_path, {**POLICY, "rollout": lower})]
    assert asked(capsys, *options)["better"]["endings"]["better"] > 0.95


def test_the_page(capsys: pytest.CaptureFixture[str], policy: str) -> None:
    assert main(["power", "--goal", *RATE, "--policy", policy]) == 0
    page = capsys.readouterr().out
    assert "live's conversion: 0.05; least effect 0.01, confidence 95 %" in page
    assert "A candidate that is better by the least effect (0.06):" in page
    assert "14 days suffice." in page


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--least-effect", "0.01"], "--baseline is required with --goal, because the goal is a"),
        (["--baseline", "0.05"], "rollout.goal.least_effect: this key is required"),
        (["--baseline", "0.05", "--least-effect", "0"], "least_effect: must be greater than 0"),
        (["--baseline", "0.05", "--least-effect", "2"], "`least_effect` (2) must be at most 1"),
        (["--baseline", "0.95", "--least-effect", "0.1"], "0.95 cannot become better by 0.1"),
        (
            ["--baseline", "0.05", "--least-effect", "0.01", "--share", "60"],
            "rollout.share: must be less than or equal to 50",
        ),
        (
            ["--baseline", "0.05", "--least-effect", "0.01", "--spread", "1"],
            "--spread: a rate's spread follows from its --baseline",
        ),
        (["--bounds", "0", "500", "--least-effect", "2"], "--mean is required with --goal"),
        (
            ["--bounds", "0", "500", "--least-effect", "2", "--mean", "500"],
            "--mean: 500 is not between 0 and 500",
        ),
        (
            ["--bounds", "500", "0", "--least-effect", "2", "--mean", "20"],
            "`bounds` must be the least outcome and then the largest",
        ),
        (
            ["--bounds", "0", "500", "--least-effect", "2", "--mean", "20", "--spread", "98"],
            "--spread: 98 is not between 0 and 97.98",
        ),
    ],
)
def test_what_cannot_be_asked(
    capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert says in refusal(capsys, "--requests-per-minute", "60", *options)


def test_a_policy_without_a_goal_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = written(tmp_path, {"rollout": {"strategy": "canary"}})
    assert "the policy has no rollout.goal" in refusal(capsys, *RATE, "--policy", path)


@pytest.mark.parametrize("option", ["--baseline", "--effect"])
def test_without_a_goal_the_other_question_is_asked(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    question = {"--requests-per-minute": "60", "--baseline": "0.05", "--effect": "2"}
    del question[option]
    assert main(["power", *(word for pair in question.items() for word in pair)]) == 2
    assert f"{option} is required, except with --goal" in capsys.readouterr().err
