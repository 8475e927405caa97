"""What the demo's page shows of bands, of a shadow's answers and of a goal."""

from xml.etree import ElementTree as ET

import pytest

from examples.demo.charts import AXIS, LEFT, RIGHT, WIDTH, chart
from examples.demo.curves import TALL, TOP, Curve, Look, Mark, curve
from examples.demo.page import page
from examples.demo.report import (
    Agreement,
    Band,
    Difference,
    Experiment,
    GoalLook,
    Pairs,
    Report,
    Scenario,
    Span,
)

AGREEMENT = Agreement(
    at_least=0.8,
    min_pairs=200,
    pairs=700,
    differing=70,
    left_out=["3 have no InferenceId"],
    course=[
        Pairs(minute=10, pairs=350, differing=42, least=0.06, most=0.19),
        Pairs(minute=15, pairs=700, differing=70, least=0.07, most=0.15),
    ],
    differences=[Difference(inference_id="id-1", live="<b>0</b>", candidate="1")],
)
EXPERIMENT = Experiment(
    goal="confirmed",
    decision="better",
    reason="the candidate is better",
    confidence=0.95,
    least_effect=0.06,
    live=0.9,
    candidate=0.95,
    live_outcomes=600,
    candidate_outcomes=580,
    log_better=4.0,
    log_worse=-5.0,
    decides_at=3.69,
    course=[
        GoalLook(minute=12, effect=0.03, low=-0.9, high=0.9),
        GoalLook(minute=20, effect=0.05, low=0.001, high=0.1),
    ],
)
BAND = Band(
    title="deployment by SageMaker",
    spans=[
        Span(minute=1, until=5, role="waiting", label="instances come up", text="Launching 2."),
        Span(minute=5, until=5.1, role="candidate", label="traffic", text="Activating."),
        Span(minute=5.1, until=9, role="candidate", label="50 %", text="Baking."),
        Span(minute=9, until=10, role="back", label="back: traffic", text="SageMaker goes back."),
    ],
)


def scenario(**more: object) -> Scenario:
    plain = {
        "name": "one",
        "title": "One",
        "story": "A story.",
        "model": "better",
        "expected": "promoted",
        "outcome": "promoted",
        "reason": "calm",
        "checks": [],
        "seconds": 1.0,
        "simulated_seconds": 1800.0,
        "requests": [],
        "bars": [],
        "first_bad_request_to_restored": None,
        "timeline": [],
        "shares": [],
        "minutes": [],
    }
    return Scenario.model_validate(plain | more)


def drawn(**more: object) -> str:
    report = Report(
        banner="local twin",
        speed=120,
        not_enforced=[],
        seconds=1,
        peak_memory_mib=1,
        scenarios=[scenario(**more)],
    )
    return page(report)


def curve_of(*looks: Look, highest: float = 0.5) -> ET.Element:
    def written(value: float) -> str:
        return f"{value:g}"

    marks = [Mark(0.2, "at most"), Mark(0.0, "none", calm=True)]
    return curve(Curve("a share", looks, marks, 0.0, highest, written), 30)


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in svg.iter() if each.get("class") == name]


def test_without_bands_answers_and_goal_the_page_says_nothing_of_them() -> None:
    text = drawn()
    assert "<h3>" not in text
    assert "<details>" not in text
    assert "What took the old fleet back" not in text


def test_the_agreement_is_counted_and_every_difference_is_escaped() -> None:
    text = drawn(agreement=AGREEMENT)
    assert "<strong>70 of 700 pairs of answers differ (10 %)</strong>" in text
    assert "At most 20 % may, and 200 pairs have to be seen." in text
    assert "Of the captured answers 3 have no InferenceId." in text
    assert "<td>id-1</td><td>&lt;b&gt;0&lt;/b&gt;</td><td>1</td>" in text
    assert "above 20 % for sure: rolled back" in text


def test_the_goal_has_both_means_the_effect_with_its_interval_and_the_evidence() -> None:
    text = drawn(experiment=EXPERIMENT)
    assert "<strong>The candidate is better</strong>: the effect is +0.05, and 95 % sure" in text
    assert "between +0.001 and +0.1. A difference of 0.06 matters." in text
    assert "<td>candidate</td><td>0.95</td><td>580</td>" in text
    assert "<td>live</td><td>0.9</td><td>600</td>" in text
    assert "55:1 for better, 1:148 for worse; 40:1 decides" in text


@pytest.mark.parametrize(
    ("decision", "words"),
    [("worse", "The candidate is worse"), ("no_relevant_difference", "No relevant difference")],
)
def test_each_decision_has_words(decision: str, words: str) -> None:
    experiment = EXPERIMENT.model_dump() | {"decision": decision}
    assert f"<strong>{words}</strong>" in drawn(experiment=experiment)


def test_a_band_is_drawn_over_the_shares_and_written_in_words() -> None:
    text = drawn(bands=[BAND], taken_back="the alarm brake fired")
    assert "<summary>In words: deployment by SageMaker</summary>" in text
    assert "<td>back: traffic</td><td>SageMaker goes back.</td>" in text
    assert "What took the old fleet back: </strong>the alarm brake fired" in text


def test_a_label_is_left_out_of_a_part_that_is_too_narrow_for_it() -> None:
    svg = chart(scenario(bands=[BAND]))
    told = [each.text for each in svg.iter("text") if each.get("class") == "middle"]
    assert "instances come up" in told
    assert "50 %" in told
    assert "traffic" not in told
    titles = [each.text for each in svg.iter("title")]
    assert "minute 5 to 5.1: Activating." in titles


def test_a_band_moves_the_panels_down_and_nothing_else() -> None:
    plain, banded = chart(scenario()), chart(scenario(bands=[BAND]))
    heights = [float((each.get("viewBox") or "").split()[-1]) for each in (plain, banded)]
    assert heights[1] > heights[0]
    assert [each.text for each in of_class(plain, "name")] == [
        each.text for each in of_class(banded, "name")[1:]
    ]


def test_a_curve_says_in_words_where_it_ends() -> None:
    svg = curve_of(Look(10, 0.06, 0.12, 0.19), Look(15, 0.07, 0.1, 0.15))
    assert svg.get("role") == "img"
    assert svg.findtext("title") == "a share"
    assert svg.findtext("desc") == "At minute 15 it is 0.1, between 0.07 and 0.15."


@pytest.mark.parametrize(
    "look", [Look(10, -0.9, 0.1, 0.9), Look(40, 0.9, 1.0, 1.0), Look(0, 0.0, 0.0, 0.0)]
)
def test_nothing_of_a_curve_is_drawn_outside_its_panel(look: Look) -> None:
    svg = curve_of(look)
    points = [
        tuple(map(float, point.split(",")))
        for each in (*svg.iter("polygon"), *svg.iter("polyline"))
        for point in (each.get("points") or "").split()
    ]
    assert points
    assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= TOP + TALL for x, y in points)
    assert svg.get("viewBox") == f"0 0 {WIDTH} {TOP + TALL + AXIS}"


def test_every_look_is_a_dot_with_its_figures() -> None:
    svg = curve_of(Look(10, 0.06, 0.12, 0.19), Look(15, 0.07, 0.1, 0.15))
    assert [each.findtext("title") for each in of_class(svg, "dot")] == [
        "minute 10: 0.12, between 0.06 and 0.19",
        "minute 15: 0.1, between 0.07 and 0.15",
    ]


def test_a_value_that_decides_looks_otherwise_than_a_calm_one() -> None:
    svg = curve_of(Look(10, 0.06, 0.12, 0.19))
    assert [each.text for each in of_class(svg, "limit") if each.tag == "text"] == ["at most"]
    assert [each.text for each in of_class(svg, "level") if each.tag == "text"] == ["none"]


@pytest.mark.parametrize(
    ("at_least", "differing", "ticks"),
    [
        (0.8, 0.1, ["0 %", "10 %", "20 %", "30 %", "40 %", "50 %"]),
        (0.8, 1.0, ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]),
        (0.98, 0.0, ["0 %", "1 %", "2 %", "3 %", "4 %", "5 %"]),
        (0.9, 0.1, ["0 %", "10 %", "20 %", "30 %"]),
        (1.0, 0.0, ["0 %", "0.2 %", "0.4 %", "0.6 %", "0.8 %", "1 %"]),
    ],
)
def test_the_axis_of_an_agreement_has_round_marks(
    at_least: float, differing: float, ticks: list[str]
) -> None:
    look = Pairs(minute=9, pairs=100, differing=round(100 * differing), least=0, most=1)
    agreement = AGREEMENT.model_copy(update={"at_least": at_least, "course": [look]})
    text = drawn(agreement=agreement)
    found = [part.partition("<")[0] for part in text.split('class="tick end"')[1:]]
    shown = [each.rpartition(">")[2] for each in found if "%" in each]
    assert shown == ticks
