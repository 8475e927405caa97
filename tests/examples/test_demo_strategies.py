"""What the demo of each strategy plays, and what it says of bands, answers and goals."""

from typing import Any

import pytest

from examples.demo import figures
from examples.demo.__main__ import main
from examples.demo.deployment import capacity, deployment_of, undone_by
from examples.demo.evidence import agreement_of, experiment_of
from examples.demo.follow_up import FollowUp
from examples.demo.recording import Instant, Recording, Request, Sample
from examples.demo.report import Band
from examples.demo.scripts import PROGRAMMES, USUAL, Programme, Script
from penstock.domain.policy.policy import parse_policy

START = 1_767_225_600.0
BEGAN = Instant(START, 0.0)
MINUTE = 60
PLAYED = [
    pytest.param(name, script, id=f"{name}-{script.name}")
    for name, programme in PROGRAMMES.items()
    for script in programme.scripts
]


def at(minute: float) -> Instant:
    return Instant(START + minute * MINUTE, minute / 2)


def ms(minute: float) -> float:
    return (START + minute * MINUTE) * 1000


def event(title: str, **detail: Any) -> dict[str, Any]:
    return {"source": "aws.sagemaker", "detail-type": title, "detail": detail}


def step(minute: float, status: str, message: str, active: float) -> dict[str, Any]:
    """A step of a deployment of two instances."""
    shown = {"Status": status, "StatusMessage": message, "StartTime": ms(minute)}
    variant = {
        "VariantName": "live",
        "CurrentInstanceCount": active,
        "DesiredInstanceCount": 2.0,
        "VariantStatus": [shown],
    }
    pending = {"EndpointConfigName": "new", "ProductionVariants": [variant]}
    title = "SageMaker Endpoint Deployment State Change"
    return event(title, EndpointName="screening", PendingDeploymentSummary=pending)


def ended(minute: float) -> dict[str, Any]:
    title = "SageMaker Endpoint State Change"
    return event(title, EndpointStatus="IN_SERVICE", LastModifiedTime=ms(minute))


FORWARD = [
    step(1, "Creating", "Launching 2 instance(s).", 0),
    step(5, "ActivatingTraffic", "Activating traffic on canary capacity of 1 instance(s).", 0),
    step(5.2, "Baking", "Baking with traffic enabled on canary capacity of 1 instance(s).", 1),
]
WAY_BACK = [
    step(9, "ActivatingTraffic", "Activating traffic on full capacity of 2 instance(s).", 1),
    step(9.2, "Deleting", "Terminating 2 instance(s).", 0),
    ended(9.7),
]


def deployed(*events: dict[str, Any]) -> Band:
    band = deployment_of(events, BEGAN)
    assert band is not None
    return band


@pytest.mark.parametrize(("strategy", "script"), PLAYED)
def test_each_policy_is_valid_and_of_its_strategy(strategy: str, script: Script) -> None:
    policy = parse_policy(script.policy.read_text(), "1")
    before = bool(policy.rollout.shadow_minutes)
    assert policy.rollout.strategy == strategy or (strategy == "shadow" and before)


@pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=PROGRAMMES)
def test_what_is_kept_is_what_served_before(programme: Programme) -> None:
    serves = programme.scripts[0].serves
    for script in programme.scripts:
        promoted = script.expected == "promoted"
        assert script.serves == (script.candidate if promoted else serves)
        serves = script.serves


def test_alone_the_demo_releases_the_four_models_as_ever() -> None:
    usual = PROGRAMMES[USUAL]
    outcomes = [(script.candidate.name, script.expected) for script in usual.scripts]
    assert outcomes == [
        ("first", "promoted"),
        ("better", "promoted"),
        ("hasty", "rolled_back"),
        ("weak", "rejected"),
    ]
    assert (usual.speed, usual.rate) == (120, 75)


@pytest.mark.parametrize("strategy", ["blue", "", "Shadow"])
def test_a_strategy_without_a_demo_is_one_sentence(
    strategy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--strategy", strategy]) == 2
    output, complaint = capsys.readouterr()
    assert output == ""
    known = ", ".join(PROGRAMMES)
    assert complaint == f"no demo of the strategy {strategy!r}: choose {known}\n"


def test_a_deployment_is_a_band_of_its_steps_with_the_capacity() -> None:
    full = step(7, "Baking", "Baking with traffic enabled on full capacity of 2 instance(s).", 2)
    spans = deployed(*FORWARD, full, ended(8)).spans
    assert [(span.minute, span.until, span.role, span.label) for span in spans] == [
        (1, 5, "waiting", "instances come up"),
        (5, 5.2, "waiting", "traffic"),
        (5.2, 7, "candidate", "50 %"),
        (7, 8, "candidate", "100 %"),
    ]


def test_the_way_back_of_a_deployment_is_told_in_words_too() -> None:
    spans = deployed(*FORWARD, *WAY_BACK).spans
    assert [span.role for span in spans] == ["waiting", "waiting", "candidate", "back", "back"]
    assert spans[-1].label == "back: instances end"
    assert spans[-1].text == "SageMaker goes back: Terminating 2 instance(s)."


def test_an_update_without_steps_is_no_deployment() -> None:
    assert deployment_of([ended(3)], BEGAN) is None


def test_what_took_a_deployment_back_is_the_verdict_and_the_alarm_that_followed() -> None:
    verdict = event("Release Judged", endpoint="screening", verdict="roll_back", reason="it is bad")
    calm = event("Release Judged", endpoint="screening", verdict="hold", reason="minute 1 of 3")
    state = {"value": "ALARM", "reason": "1 > 0.5"}
    title = "CloudWatch Alarm State Change"
    brake = event(title, alarmName="penstock-screening-brake", state=state)
    other = event(title, alarmName="penstock-function-errors", state=state)
    told = undone_by([calm, other, verdict, brake], "screening")
    assert told == "Penstock judged that it is bad, then the alarm penstock-screening-brake fired"
    assert undone_by([calm, other], "screening") is None


def test_only_a_fleet_with_told_steps_has_a_part_of_the_capacity() -> None:
    pending = FORWARD[-1]["detail"]["PendingDeploymentSummary"]
    assert capacity(pending) == 0.5
    (variant,) = pending["ProductionVariants"]
    silent = {**variant, "VariantStatus": [{"Status": "Creating"}]}
    assert capacity({"ProductionVariants": [silent]}) is None
    assert capacity({}) is None


def test_the_time_of_a_shadow_is_a_band() -> None:
    recording = Recording(BEGAN)
    some = {"better": 100.0}
    copies: dict[float, dict[str, float]] = {1: {}, 4: some, 9: some, 12: {}, 13: {}}
    recording.samples = [
        Sample(at(minute), "InService", {"first": 100.0}, copied)
        for minute, copied in copies.items()
    ]
    band = figures.copied(recording)
    assert band is not None
    assert [(span.minute, span.until, span.label) for span in band.spans] == [
        (4, 12, "100 % to better")
    ]


def test_a_shadow_that_is_still_there_lasts_until_the_end() -> None:
    recording = Recording(BEGAN)
    recording.samples = [
        Sample(at(minute), "InService", {"first": 100.0}, {"better": 25.0}) for minute in (2, 5)
    ]
    band = figures.copied(recording)
    assert band is not None
    assert [(span.minute, span.until) for span in band.spans] == [(2, 5)]
    assert figures.copied(Recording(BEGAN)) is None


class Heard:
    """What an application hands to its metrics."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str, float, float]] = []

    def add(self, endpoint: str, variant: str, value: float, at: float) -> None:
        self.outcomes.append((endpoint, variant, value, at))


@pytest.mark.parametrize(("label", "value"), [(1, 1.0), (0, 0.0)])
def test_an_answer_that_the_biopsy_confirms_counts_as_one(label: int, value: float) -> None:
    heard = Heard()
    follow_up = FollowUp(heard, "screening", {"1,2": 1})
    follow_up.hear("1,2", Request(at(3), "candidate", "better", False, label))
    assert heard.outcomes == [("screening", "candidate", value, at(3).simulated)]


def test_a_failure_has_no_outcome() -> None:
    heard = Heard()
    FollowUp(heard, "screening", {"1,2": 1}).hear("1,2", Request(at(3), "live", "hasty", True))
    assert heard.outcomes == []


AGREEMENT: dict[str, Any] = {
    "required": {"at_least": 0.8, "min_pairs": 200},
    "counted": {
        "fleets": "screening-shadow-1",
        "until": ms(15),
        "pairs": 700,
        "differing": 70,
        "unmatched": 3,
        "nameless": 0,
        "repeated": 0,
        "unread": 1,
    },
    "course": [
        {"until": ms(10), "pairs": 350, "differing": 40, "least": 0.06, "most": 0.18, "log_e": -1},
        {"until": ms(15), "pairs": 700, "differing": 70, "least": 0.07, "most": 0.15, "log_e": -2},
    ],
    "differences": [
        {"inference_id": f"id-{n}", "live": '{"label": 0}', "candidate": '{"label": 1}'}
        for n in range(7)
    ],
}


def test_the_agreement_has_its_course_in_minutes_and_five_differences() -> None:
    found = agreement_of(AGREEMENT, BEGAN)
    assert [(look.minute, look.pairs, look.most) for look in found.course] == [
        (10, 350, 0.18),
        (15, 700, 0.15),
    ]
    assert [one.inference_id for one in found.differences] == [f"id-{n}" for n in range(5)]
    assert found.left_out == [
        "3 have an InferenceId that only one side captured",
        "1 could not be read",
    ]


def look(at_minute: int, effect: float | None, decision: str = "open") -> dict[str, Any]:
    wide = 0.3 / at_minute
    return {
        "at": f"2026-01-01T00:{at_minute:02}:00Z",
        "goal": "confirmed",
        "stance": "waits",
        "decision": decision,
        "reason": "so far",
        "candidate": {"mean": 0.95, "outcomes": 20.0 * at_minute},
        "live": {"mean": 0.9, "outcomes": 21.0 * at_minute},
        "effect": effect,
        "interval": [None, None] if effect is None else [effect - wide, effect + wide],
        "confidence": 0.95,
        "least_effect": 0.06,
        "decides_at": 3.69,
        "log_better": 3.9,
        "log_worse": -4.0,
    }


def test_the_course_of_a_goal_is_in_the_versions_of_its_document() -> None:
    found = experiment_of([look(5, None), look(10, 0.02), look(20, 0.05, "better")], BEGAN)
    assert found is not None
    assert [(one.minute, one.effect) for one in found.course] == [(10, 0.02), (20, 0.05)]
    assert (found.decision, found.candidate_outcomes) == ("better", 400)


def test_before_anything_could_be_compared_nothing_is_known_of_a_goal() -> None:
    assert experiment_of([look(5, None)], BEGAN) is None
    assert experiment_of([], BEGAN) is None
